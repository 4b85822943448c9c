"""What a result must say about the machine it was measured on, and about the source. No host name."""

import os
import pathlib
import platform
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def describe():
    """Processor, caches, memory, system and compiler as a dictionary of short texts."""
    cpuinfo = _read("/proc/cpuinfo")
    memory = re.search(r"MemTotal:\s+(\d+)", _read("/proc/meminfo"))
    return {
        "processor": _first(r"model name\s*:\s*(.+)", cpuinfo) or platform.machine(),
        "flags": " ".join(flag for flag in _first(r"flags\s*:\s*(.+)", cpuinfo).split() if _relevant(flag)),
        "cpus": os.cpu_count(),
        "caches": _caches(),
        "memory_gib": round(int(memory.group(1)) / 2**20, 1) if memory else None,
        "system": _first(r'PRETTY_NAME="(.+)"', _read("/etc/os-release")) or platform.system(),
        "compiler": _output(["c++", "--version"]).partition("\n")[0],
        "llvm": _output(["/usr/lib/llvm-22/bin/llvm-config", "--version"]).strip(),
    }


def provenance():
    """Machine, commit (with "+changes" where the tree is not clean) and command line: the head of a result file."""
    commit = _output(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]).strip()
    changed = _output(["git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no"]).strip()
    command = " ".join([pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]).replace(str(ROOT), ".")
    return {"machine": describe(), "commit": commit + ("+changes" if changed else ""), "command": command}


def _relevant(flag):
    return flag in ("fma", "f16c", "amx_int8", "gfni") or flag.startswith("avx")


def _caches():
    """ "L1d 32K, L2 1024K, L3 32768K" of CPU 0, as far as the system tells."""
    found = []
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = (_read(index / name).strip() for name in ("level", "type", "size"))
        if kind != "Instruction" and size:
            found.append(f"L{level}{'d' if kind == 'Data' else ''} {size}")
    return ", ".join(found)


def _read(path):
    try:
        return pathlib.Path(path).read_text()
    except OSError:
        return ""


def _first(pattern, text):
    match = re.search(pattern, text)
    return match.group(1) if match else ""


def _output(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    except OSError:
        return ""
