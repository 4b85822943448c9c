#!/usr/bin/env python3
"""Formats are text: no name of a format or of a quantization method may occur in C++, C, TableGen or CMake code.

Prints one line per occurrence and exits 1 if there is any. Comments count: code that talks about one format is
usually about to know it.
    no-format-names.py [ROOT]
"""

import pathlib
import re
import sys

FOLDERS = ["dialect", "lowering", "codegen", "runtime", "tools", "cmake"]
TEXT_FOLDERS = ["dialect/formats", "dialect/policies"]
ENDINGS = {".cpp", ".cc", ".c", ".h", ".hpp", ".inc", ".td", ".cmake", ".in"}

NAMES = re.compile(
    r"(?<![a-z0-9])("
    r"i?q[1-8]_[0-9k][a-z_]*|iq[1-4]_[a-z]+|t?q[1-8]_0|"
    r"w[1-8]g-?[0-9]+|w[1-8]a(4|8|16)(?![0-9])|"
    r"[nf]f4|mxfp[468][a-z0-9_]*|nvfp4[a-z_]*|fp8_e4m3_b128|"
    r"awq|gptq|marlin|aqlm|hqq|exl[23]|quip|qtip|qqq|bitnet|bitblas|bitsandbytes|smoothquant|squeezellm|spqr|claq"
    r")(?![a-z0-9])",
    re.IGNORECASE,
)

# The pattern itself is checked on every run: what it must find, and neutral words it must leave alone.
MUST_FIND = ["block_q4_0", "Q6_K", "IQ2_XXS", "tq1_0", "@nf4 ", "a GPTQ word", "awq", "mxfp4_ocp", "w4g128", "QuIP#"]
MUST_PASS = ["example_4bit", "seq_0", "f4E2M1FN", "w[n, k]", "quips", "freq4_1", "e8m0", "int8:32"]


def files(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root).as_posix()
            if any(inside.startswith(text + "/") for text in TEXT_FOLDERS):
                continue
            if path.is_file() and (path.suffix in ENDINGS or path.name == "CMakeLists.txt"):
                yield inside, path


def occurrences(root):
    for inside, path in files(root):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            for match in NAMES.finditer(line):
                yield f'{inside}:{number}: "{match.group(0)}" names a format; formats live in dialect/formats as text'


def main():
    for sample in MUST_FIND:
        assert NAMES.search(sample), f'the pattern does not find "{sample}"'
    for sample in MUST_PASS:
        assert not NAMES.search(sample), f'the pattern finds a name in "{sample}"'
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
    checked = sum(1 for _ in files(root))
    if checked == 0:
        sys.exit(f"no source files below {root}")
    found = list(occurrences(root))
    print("\n".join(found) if found else f"{checked} files, no format name")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
