#!/usr/bin/env python3
"""The shared runtime is small, exports the C API alone, and needs nothing of LLVM.

    check-library.py LIBRARY HEADER      libquoin_runtime.so, quoin/runtime.h
"""

import pathlib
import re
import subprocess
import sys
import tempfile

LIMIT_BYTES = 512 * 1024
ALLOWED = re.compile(r"^(linux-vdso|ld-linux.*|libstdc\+\+|libgcc_s|libc|libm|libpthread)\.so")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    library, header = sys.argv[1:]
    problems = []
    needed = [pathlib.Path(line.split()[0]).name for line in output("ldd", library).splitlines() if line.strip()]
    problems += [f"needs {name}" for name in needed if not ALLOWED.match(name)]
    if not needed:
        problems.append("ldd lists nothing")
    exported = {line.split()[-1].split("@")[0] for line in output("nm", "-D", "--defined-only", library).splitlines()}
    declared = set(re.findall(r"QUOIN_API[^;(]*?(quoin_\w+)\(", pathlib.Path(header).read_text()))
    problems += [f"exports {name}, which the header does not declare" for name in sorted(exported - declared)]
    problems += [f"does not export {name}" for name in sorted(declared - exported)]
    with tempfile.TemporaryDirectory() as folder:
        stripped = pathlib.Path(folder, "stripped.so")
        subprocess.run(["strip", "-o", stripped, library], check=True)
        size = stripped.stat().st_size
    if size > LIMIT_BYTES:
        problems.append(f"has {size} bytes stripped, more than {LIMIT_BYTES}")
    for problem in problems:
        print(f"{library} {problem}", file=sys.stderr)
    print(f"{size} bytes stripped, {len(exported)} symbols")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
