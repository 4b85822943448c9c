"""How lit finds and runs the tests below test/: texts with RUN lines, the tools of the build on the path."""

import os

import lit.formats

config.name = "Quoin"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["CMakeLists.txt", "Inputs", "unit", "oracles", "install", "docs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.quoin_build, "test")

tools = os.path.join(config.quoin_build, "bin")
config.environment["PATH"] = os.pathsep.join([tools, config.llvm_tools, os.environ.get("PATH", "")])
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
config.substitutions += [
    ("%python", f'"{config.python}"'),
    ("%quoin-format", os.path.join(tools, "quoin-format")),
    ("%build", config.quoin_build),
    ("%source", os.path.dirname(config.test_source_root)),
]

# Tables that are imported when the build has network; see cmake/ImportGrids.cmake.
data = os.path.join(config.quoin_build, "share/quoin/data")
if os.path.isdir(data) and os.listdir(data) and not os.path.exists(os.path.join(data, "missing.txt")):
    config.available_features.add("grids")
