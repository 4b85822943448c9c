#!/usr/bin/env python3
"""A format is one text of at most 60 lines of at most 140 columns; comments and constant tables do not count.

    text_size.py FOLDER...
"""

import pathlib
import re
import sys

LINES, COLUMNS = 60, 140


def counted(text):
    """The lines that count: not blank, not a comment alone, not a row of constants in brackets."""
    in_table = False
    for number, line in enumerate(text.splitlines(), 1):
        code = re.sub(r"\s*//.*", "", line)
        if in_table:
            in_table = "]" not in code
            continue
        in_table = bool(re.match(r"\s*table\b.*=\s*\[[^\]]*$", code))
        if code.strip():
            yield number, code


def main():
    paths = [path for folder in sys.argv[1:] for path in sorted(pathlib.Path(folder).rglob("*.mlir"))]
    failures = []
    for path in paths:
        text = path.read_text()
        lines = list(counted(text))
        if len(lines) > LINES:
            failures.append(f"{path}: {len(lines)} lines, at most {LINES} are allowed")
        failures += [f"{path}:{number}: {len(line)} columns, at most {COLUMNS} are allowed"
                     for number, line in lines if len(line) > COLUMNS]
        if not text.startswith("//"):
            failures.append(f"{path}: the first line says nothing of what the format is")
    print("\n".join(failures), file=sys.stderr)
    print(f"{len(paths)} texts, {len(failures)} complaints")
    sys.exit(1 if failures or not paths else 0)


if __name__ == "__main__":
    main()
