#!/usr/bin/env python3
"""Writes the large vector grids of llama.cpp's formats as data files for format texts.

    import_grids.py OUT_DIR [--install DIR]

The grids come from the PyPI package "gguf": an importable one, else one that pip puts into DIR. Each becomes a file of
signed bytes, row-major, whose SHA-256 must be the known one. Without the package the build goes on: OUT_DIR/missing.txt
says why, and formats that name the files report them as missing. Exits 0 in both cases.
"""

import argparse
import hashlib
import importlib
import pathlib
import subprocess
import sys

# File, class in gguf.quants, entries, SHA-256 of the expanded bytes.
GRIDS = [
    ("iq2xxs.grid", "IQ2_XXS", 256, 8, "05826b5d3e472a3a78f196be62ac78acf81df0f909626e12ab9fa2a5d490dd54"),
    ("iq2xs.grid", "IQ2_XS", 512, 8, "06e47aaca60b4dc1d9b5a3f34540437058a6b142b4d7a59d5ded769b4d1bf1de"),
    ("iq2s.grid", "IQ2_S", 1024, 8, "e1aa1473412b0552c2174c30ef22ab4073f6a181b85a17056e8249bd2932fd88"),
    ("iq3xxs.grid", "IQ3_XXS", 256, 4, "46e35f5a997efdee6c99ce57854c8a0d4f0ff8ca57e5e8a60c0793ea580acf5d"),
    ("iq3s.grid", "IQ3_S", 512, 4, "bd1af4945a1717c65610b0284e4628b9a1ba3b306fae3a06f6e5f597356e349f"),
    ("iq1.grid", "IQ1_S", 2048, 8, "07540ffc1aeaf6ad4d97e96b0fcc765aae39671d4ae4a27bbd0e796fde167c6a"),
]


def hash_of(data):
    return hashlib.sha256(data).hexdigest()


def complete(out):
    return all((out / name).is_file() and hash_of((out / name).read_bytes()) == want for name, *_, want in GRIDS)


def load_quants(install):
    """The module gguf.quants, or an ImportError that says why not."""
    try:
        return importlib.import_module("gguf.quants")
    except ImportError as error:
        if not install:
            raise ImportError(f"the Python package gguf cannot be imported ({error}) and --install was not given")
    if not (install / "gguf").is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        done = subprocess.run([*command, "--target", install, "gguf"], capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no output"]
            raise ImportError(f"pip could not install the package gguf: {lines[-1]}")
    sys.path.insert(0, str(install))
    importlib.invalidate_caches()
    for name in [name for name in sys.modules if name == "gguf" or name.startswith("gguf.")]:
        del sys.modules[name]
    return importlib.import_module("gguf.quants")


def expand(packed, values, entries, dim):
    """Codes lie from the low end of each byte: 2 bits for three values, 3 bits in a nibble for eight."""
    bits = (len(values) - 1).bit_length()
    stride = 8 // (8 // bits)
    codes = [(byte >> shift) & ((1 << bits) - 1) for byte in packed for shift in range(0, 8, stride)]
    if len(codes) != entries * dim or max(codes) >= len(values):
        raise ValueError(f"has {len(codes)} codes up to {max(codes)} instead of {entries} x {dim} below {len(values)}")
    return bytes(int(values[code]) & 255 for code in codes)


def grid_bytes(quants, class_name, entries, dim):
    source = getattr(quants, class_name)
    return expand(bytes.fromhex(bytes(source.grid_hex).decode("ascii")), source.grid_map, entries, dim)


def write(path, data):
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def import_all(out, install):
    """The reasons for which grids are missing, empty when all are written."""
    try:
        quants = load_quants(install)
    except Exception as error:
        return [f"all grids: {error}"]
    reasons = []
    for name, class_name, entries, dim, want in GRIDS:
        try:
            data = grid_bytes(quants, class_name, entries, dim)
        except Exception as error:
            reasons.append(f"{name}: the installed gguf's {class_name} {error}")
            continue
        if hash_of(data) == want:
            write(out / name, data)
        else:
            reasons.append(f"{name}: the installed gguf's table has SHA-256 {hash_of(data)}, expected {want}")
    return reasons


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--install", type=pathlib.Path, help="folder into which pip may install the package")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    missing = arguments.out / "missing.txt"
    reasons = [] if complete(arguments.out) else import_all(arguments.out, arguments.install)
    if reasons:
        missing.write_text("\n".join(reasons) + "\n")
        print("import_grids: some formats will be missing their grids: " + "; ".join(reasons), file=sys.stderr)
    else:
        missing.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
