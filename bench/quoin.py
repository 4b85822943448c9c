"""Calls Quoin's command-line tools, and reads what a bundle says about itself."""

import json
import pathlib
import shutil
import struct
import subprocess


class ToolError(Exception):
    """A tool ended with an error; the text is what it said."""


class Tools:
    def __init__(self, directory=None):
        """`directory` holds the tools; without it they are looked up on the PATH."""
        path = str(directory) if directory else None
        self._programs = {name: shutil.which(name, path=path) for name in ("quoin-format", "quoin-compile", "quoin-run")}
        for name, program in self._programs.items():
            if not program:
                raise ToolError(f'"{name}" was not found in {path or "the PATH"}; build it with scripts/build')

    def run(self, name, *arguments):
        """Standard output of a tool; raises ToolError with its own message where it fails."""
        command = [self._programs[name], *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            said = done.stderr.strip() or f"exit status {done.returncode}"
            raise ToolError(f"{name} {' '.join(map(str, arguments))}\n{said}")
        return done.stdout


def reason(error):
    """What a tool's message says is wrong, on one line: without the command, the tool's name and its hints."""
    lines = [line for line in str(error).splitlines() if "error: " in line] or str(error).splitlines()[-1:]
    return lines[0].rpartition("error: ")[2].partition(";")[0]


def library(tools):
    """Names of the formats that come with Quoin; of a family the member that it describes by itself."""
    lines = tools.run("quoin-format", "list").splitlines()[1:]
    return [name for name, bits, *_ in map(str.split, lines) if bits != "-"]


class Bundle:
    """A compiled bundle: its path, its matmul kernel's name, and the streams its format stores weights in."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        data = self.path.read_bytes()
        magic, _, _, _, offset, length = struct.unpack_from("<8sIIQQQ", data)
        if magic != b"QUOINBDL":
            raise ToolError(f'"{path}" is not a bundle')
        manifest = json.loads(data[offset : offset + length])
        kernel = next(kernel for kernel in manifest["kernels"] if kernel["op"] == "matmul")
        self.kernel, self.streams, self.isa = kernel["name"], kernel["streams"], kernel["images"][0]["isa"]
