#!/usr/bin/env python3
"""Times kernels of several formats at several shapes with "quoin-run bench", and prints one table.

    bench/kernels.py --formats=q4_0,q8_0 --shapes=1,4096,4096:128,4096,4096 [--json=bench/results/FILE.json]
"""

import argparse
import json
import pathlib
import sys
import tempfile

import machine
from quoin import Bundle, ToolError, Tools


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formats", default="q4_0,q8_0", help="comma-separated names (default: %(default)s)")
    parser.add_argument("--shapes", default="1,4096,4096:16,4096,4096:128,4096,4096", help="M,N,K:... (default: %(default)s)")
    parser.add_argument("--activations", default="int8", help="as for quoin-compile (default: %(default)s)")
    parser.add_argument("--target", default="host", help="as for quoin-compile (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="as for quoin-run (default: %(default)s)")
    parser.add_argument("--tools", type=pathlib.Path, help="folder of the tools (default: the PATH)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the numbers here")
    return parser.parse_args()


def measure(tools, folder, name, options):
    """The rows of one format, one a shape."""
    path = pathlib.Path(folder) / "kernels.quoin"
    tools.run("quoin-compile", f"--format=@{name}", f"--activations={options.activations}",
              f"--target={options.target}", "-o", path)  # fmt: skip
    rows = []
    for shape in options.shapes.split(":"):
        text = tools.run("quoin-run", "bench", path, f"@{Bundle(path).kernel}", f"--shape={shape}",
                         f"--threads={options.threads}", "--json")  # fmt: skip
        rows += json.loads(text)
    return rows


def line(row):
    return (
        f"{row['format']:14}{row['isa']:14}{row['m']:6}{row['n']:7}{row['k']:7}{row['time_us']:12.1f}"
        f"{row['weight_gbs']:9.2f}{row['gflops']:10.1f}{100 * row['share']:8.0f} %"
    )


def main():
    options = arguments()
    tools, rows, failed = Tools(options.tools), [], 0
    print(f"{'format':14}{'isa':14}{'M':>6}{'N':>7}{'K':>7}{'time us':>12}{'GB/s':>9}{'Gflop/s':>10}{'share':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.formats.split(","):
            try:
                measured = measure(tools, folder, name, options)
            except ToolError as error:
                failed += 1
                print(f"{name}: {error}", file=sys.stderr)
                continue
            rows += measured
            print(*map(line, measured), sep="\n", flush=True)
    if options.json:
        options.json.write_text(json.dumps(machine.provenance() | {"rows": rows}, indent=1) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    try:
        main()
    except ToolError as error:
        sys.exit(str(error))
