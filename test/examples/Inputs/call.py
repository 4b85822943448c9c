"""call.py SOURCE ARGUMENTS: what CMake says to quoin_add_kernels(ARGUMENTS) where that is refused, on one line."""

import pathlib
import subprocess
import sys
import tempfile

source, arguments = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    script = pathlib.Path(folder, "call.cmake")
    script.write_text(f"cmake_minimum_required(VERSION 3.25)\ninclude({source}/cmake/QuoinKernels.cmake)\nquoin_add_kernels({arguments})\n")
    done = subprocess.run(["cmake", "-P", script], capture_output=True, text=True, cwd=folder)
if done.returncode == 0:
    sys.exit("nothing was refused")
print(" ".join(done.stderr.split()))
