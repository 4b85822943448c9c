#!/usr/bin/env python3
"""Times other projects' quantized matrix multiplications beside Quoin's, on this machine and in one run.

    build/venv/bin/python -m pip install onnxruntime onnx llama-cpp-python torch      # those you want to compare with
    build/venv/bin/python bench/peers.py --tools=build/bin [--sizes=1,16,512] [--threads=2] [--json=FILE]

All contenders for the same bits take turns, several rounds of them, and the medians over the rounds are printed. A peer
whose package is missing is left out, with a line that says how to get it.
"""

import argparse
import importlib
import json
import multiprocessing
import pathlib
import sys
import tempfile
import time

import machine
import openblas
import peers
from quoin import Bundle, ToolError, Tools, reason

NAMES = ("ggml", "onnxruntime", "torch", "openblas")
# A peer's product may differ from float32 math on its own weights by what quantizing the activations costs, not more.
TOLERANCE = 0.05


def serve(connection, name, threads):
    """A peer's own process: its threads and its crashes stay there. Answers are ("ok", value) or ("no", text)."""
    peers.pin(threads)
    try:
        peer = importlib.import_module("peers." + name).Peer(threads)
    except peers.Missing as missing:
        connection.send(("no", str(missing)))
        return
    connection.send(("ok", (peer.versions, peer.cases())))
    products = {}

    def prepare(case, m, n, k, rotate):
        product = peer.prepare(case, m, n, k, rotate)
        if product is None:
            return None
        products[case] = product
        facts = {"stored_bytes": product.stored_bytes, "rotated_copies": len(product.calls)}
        return facts | {"error": peers.error(product)}

    commands = {
        "prepare": prepare,
        "time": lambda case: peers.time_us(products[case]),
        "drop": products.clear,
    }
    while (message := connection.recv()) is not None:
        try:
            connection.send(("ok", commands[message[0]](*message[1:])))
        except Exception as problem:  # whatever a library throws; the next case may do
            connection.send(("no", f"{type(problem).__name__}: {problem}"))


class Remote:
    """A peer in its process. Raises peers.Missing where it cannot be had, RuntimeError with what went wrong later."""

    def __init__(self, name, threads):
        context = multiprocessing.get_context("spawn")
        self.name = name
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, name, threads), daemon=True)
        self._process.start()
        theirs.close()
        try:
            self.versions, self.cases = self._answer()
        except RuntimeError as problem:
            raise peers.Missing(str(problem)) from problem

    def ask(self, *message):
        try:
            self._connection.send(message)
        except OSError as problem:
            raise RuntimeError(f"its process has ended ({problem})") from problem
        return self._answer()

    def drop(self):
        """Frees what was prepared; a process that has ended holds nothing."""
        try:
            self.ask("drop")
        except RuntimeError:
            pass

    def stop(self):
        try:
            self._connection.send(None)
        except OSError:
            pass
        self._process.join(10)

    def _answer(self):
        try:
            status, value = self._connection.recv()
        except EOFError as problem:
            self._process.join()
            raise RuntimeError(f"its process ended with status {self._process.exitcode}") from problem
        if status != "ok":
            raise RuntimeError(value)
        return value


class Ours:
    """Quoin's kernel of a format, timed as any of the peers."""

    def __init__(self, tools, folder, name, options):
        path = pathlib.Path(folder) / f"{name}.quoin"
        tools.run("quoin-compile", f"--format=@{name}", f"--activations={options.activations}",
                  f"--target={options.target}", "-o", path)  # fmt: skip
        self._tools, self._bundle, self._threads = tools, Bundle(path), options.threads

    def bench(self, m, n, k):
        text = self._tools.run("quoin-run", "bench", self._bundle.path, f"@{self._bundle.kernel}",
                               f"--shape={m},{n},{k}", f"--threads={self._threads}", "--json")  # fmt: skip
        return json.loads(text)[0]


class Entry:
    """One row in the making: its description, the duration of a round, and what the rounds gave."""

    def __init__(self, row, measure):
        self.row, self._measure, self._rounds = row, measure, []

    def round(self):
        self._rounds.append(self._measure())

    def finish(self):
        return self.row | {"rounds_us": self._rounds, "time_us": peers.summary(self._rounds)}


def ours(kernel, name, m, options):
    def measure():
        row.update(kernel.bench(m, options.n, options.k))
        return row["time_us"]

    row = {"peer": "quoin", "name": name, "path": "", "against": name, "m": m, "n": options.n, "k": options.k}
    row["error"] = None
    return Entry(row, measure)


def theirs(remote, case, m, options):
    """The entry of a peer's case, None where it has none of this size; RuntimeError where it fails or is wrong."""
    rotate = openblas.ROTATE_BYTES if m <= 64 else 1
    facts = remote.ask("prepare", case, m, options.n, options.k, rotate)
    if facts is None:
        return None
    if not facts["error"] <= TOLERANCE:
        raise RuntimeError(f"its product is off by {100 * facts['error']:.1f} %, more than quantizing costs")
    row = {"peer": remote.name, "name": case.name, "path": case.path, "against": case.against, "m": m, "n": options.n,
           "k": options.k, "threads": options.threads} | facts  # fmt: skip
    return Entry(row, lambda: remote.ask("time", case))


def group(name, m, kernel, remotes, options):
    """Rows of all contenders for one format and one M, in alternation."""
    entries, failures = ([ours(kernel, name, m, options)] if kernel else []), []
    for remote in remotes:
        for case in (case for case in remote.cases if case.against == name):
            try:
                entry = theirs(remote, case, m, options)
                entries += [entry] if entry else []
            except RuntimeError as problem:
                failures.append(f"{remote.name} {case.name} {case.path} at M = {m}: {problem}")
    for _ in range(options.rounds):
        for entry in list(entries):
            try:
                entry.round()
            except RuntimeError as problem:
                entries.remove(entry)
                failures.append(f"{entry.row['peer']} {entry.row['name']} {entry.row['path']} at M = {m}: {problem}")
    for remote in remotes:
        remote.drop()
    return [entry.finish() for entry in entries], failures


def start(options):
    remotes = []
    for name in options.peers.split(","):
        try:
            remotes.append(Remote(name, options.threads))
            print(f"{name}: " + ", ".join(remotes[-1].versions.values()))
        except peers.Missing as missing:
            print(f"{name} is left out: {missing}")
    return remotes


def compiled(tools, folder, name, options):
    """The kernel of a format, None (and a line that says so) where the compiler has none."""
    try:
        return Ours(tools, folder, name, options)
    except ToolError as error:
        print(f"quoin has no kernel of {name}: {reason(error)}")
        return None


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=",".join(NAMES), help="comma-separated (default: %(default)s)")
    parser.add_argument("--formats", help="comma-separated, of Quoin's (default: all that a peer here has)")
    parser.add_argument("--sizes", default="1,16,512", help="M, comma-separated (default: %(default)s)")
    parser.add_argument("--n", type=int, default=4096, help="rows of W (default: %(default)s)")
    parser.add_argument("--k", type=int, default=4096, help="columns of W (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="of every contender, pinned (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of every contender (default: %(default)s)")
    parser.add_argument("--activations", default="int8", help="as for quoin-compile (default: %(default)s)")
    parser.add_argument("--target", default="host", help="as for quoin-compile (default: %(default)s)")
    parser.add_argument("--tools", type=pathlib.Path, help="folder of the tools (default: the PATH)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the numbers here")
    options = parser.parse_args()
    for name in set(options.peers.split(",")) - set(NAMES):
        parser.error(f'there is no peer "{name}", only {", ".join(NAMES)}')
    return options


def main():
    options = arguments()
    tools, remotes = Tools(options.tools), start(options)
    known = dict.fromkeys(case.against for remote in remotes for case in remote.cases)
    names = options.formats.split(",") if options.formats else list(known)
    rows, failures = [], []
    with tempfile.TemporaryDirectory() as folder:
        kernels = {name: compiled(tools, folder, name, options) for name in names if name}
        print(f"\nN = {options.n}, K = {options.k}, threads: {options.threads}; of a peer's ways the fastest; "
              "quoin/peer: Quoin's time over the peer's, below 1 Quoin is faster\n")  # fmt: skip
        print(peers.HEADING)
        for name in names:
            for m in map(int, options.sizes.split(",")):
                found, wrong = group(name, m, kernels.get(name), remotes, options)
                found = peers.with_ratios([peers.with_rates(row) for row in found])
                rows, failures = rows + found, failures + wrong
                print(*map(peers.line, peers.fastest(found)), *wrong, sep="\n", flush=True)
    for remote in remotes:
        remote.stop()
    if options.json:
        head = machine.provenance() | {"date": time.strftime("%Y-%m-%d")}
        head |= {"peers": {remote.name: remote.versions for remote in remotes}, "failures": failures}
        options.json.write_text(json.dumps(head | {"rows": rows}, indent=1) + "\n")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    try:
        main()
    except (ToolError, RuntimeError) as error:
        sys.exit(str(error))
