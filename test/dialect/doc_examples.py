"""Writes the ```mlir examples of the generated reference as one text: doc_examples.py REFERENCE.md.

Each becomes a module of its own, so that names do not clash; attributes stand on a module.
"""

import pathlib
import re
import sys

blocks = re.findall(r"^```mlir\n(.*?)^```", pathlib.Path(sys.argv[1]).read_text(), re.DOTALL | re.MULTILINE)
if len(blocks) < 20:
    sys.exit(f"only {len(blocks)} examples found")
modules = []
for block in blocks:
    if block.startswith("#"):
        attributes = ", ".join(f"test.a{j} = {line}" for j, line in enumerate(block.splitlines()))
        block = f"module attributes {{{attributes}}} {{}}\n"
    modules.append(block)
print("\n// -----\n\n".join(modules))
