"""A model's linear layers in one format: weights encoded on disk, and where the compiler has one the format's kernel."""

import concurrent.futures
import dataclasses
import json
import math
import os
import re

import numpy as np

import encoder
from quoin import Bundle, ToolError, reason


def shape(sizes):
    return "--shape=" + ",".join(map(str, sizes))


def shape_counts(layers):
    """How often each weight shape occurs."""
    counts = {}
    for _, sizes in layers:
        counts[sizes] = counts.get(sizes, 0) + 1
    return counts


def decibels(signal, error):
    if math.isnan(error):
        return -math.inf
    return math.inf if error == 0 else 10 * math.log10(signal / error) if signal else -math.inf


class Noise:
    """Signal and error power, summed over layers: the ratio in dB of all of them and of the worst one."""

    def __init__(self):
        self.signal = self.error = 0.0
        self.worst = math.inf

    def add(self, want, got):
        want = np.asarray(want, dtype=np.float64)
        self.add_powers(float(np.sum(want * want)), float(np.sum((want - got) ** 2)))

    def add_powers(self, signal, error):
        self.signal, self.error = self.signal + signal, self.error + error
        self.worst = min(self.worst, decibels(signal, error))

    @property
    def db(self):
        return decibels(self.signal, self.error)


@dataclasses.dataclass
class Encoded:
    """What became of one layer's weights."""

    signal: float
    error: float
    stored_bytes: int


class Quantized:
    """One format's model. `layers` are those it takes, `refused` says why it does not take the others, and `no_kernel`
    why there is no kernel, both None where there is nothing to say. ToolError where it takes no layer."""

    def __init__(self, tools, work, format_name, activations, target):
        self.tools, self.format, self.work = tools, format_name, work / format_name
        self.work.mkdir(parents=True, exist_ok=True)
        self.layers, self.refused, self.encoded, self.bundle, self.no_kernel = [], None, {}, None, None
        # A stream that may be absent is one that no encode rule writes.
        described = re.findall(r"^stream (\w+):(.*)$", tools.run("quoin-format", "show", f"@{format_name}"), re.MULTILINE)
        self._streams = [name for name, text in described if not text.endswith(", optional")]
        path = self.work / "kernels.quoin"
        try:
            tools.run("quoin-compile", f"--format=@{format_name}", f"--activations={activations}",
                      f"--target={target}", "-o", path)  # fmt: skip
            self.bundle = Bundle(path)
        except ToolError as error:
            self.no_kernel = reason(error)

    def encode(self, model):
        """Encodes every layer that the format takes, several at a time."""
        refused = {}
        for layer, sizes in encoder.linear_layers():
            if sizes in shape_counts(self.layers) or sizes in refused:
                continue
            try:
                self.encoded[layer] = self._encode(layer, model[layer + ".weight"])
                self.layers.append((layer, sizes))
            except ToolError as error:
                refused[sizes] = error
        if not self.layers:
            raise next(iter(refused.values()))
        self.refused = reason(next(iter(refused.values()))) if refused else None
        self.layers = [one for one in encoder.linear_layers() if one[1] not in refused]
        left = [layer for layer, _ in self.layers if layer not in self.encoded]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            self.encoded |= zip(left, pool.map(lambda layer: self._encode(layer, model[layer + ".weight"]), left))

    def _encode(self, layer, weight):
        source, decoded = self.work / f"{layer}.w.npy", self.work / f"{layer}.decoded.npy"
        np.save(source, np.ascontiguousarray(weight, dtype=np.float32))
        outs = [word for file in self._files(layer) for word in ("--out", file)]
        ins = [word for file in self._files(layer) for word in ("--in", file)]
        self.tools.run("quoin-format", "encode", f"@{self.format}", "--in", source, *outs)
        self.tools.run("quoin-format", "decode", f"@{self.format}", shape(weight.shape), *ins, "-o", decoded)
        noise = Noise()
        noise.add(weight, np.load(decoded))
        source.unlink()
        decoded.unlink()
        stored = sum(os.path.getsize(file.partition("=")[2]) for file in self._files(layer))
        return Encoded(noise.signal, noise.error, stored)

    def multiply(self, layer, x):
        """x * W^T of an encoded layer by the compiled kernel."""
        source, result = self.work / "x.npy", self.work / "y.npy"
        np.save(source, np.ascontiguousarray(x, dtype=np.float32))
        weights = [word for file in self._files(layer) for word in ("--weights", file)]
        self.tools.run("quoin-run", "run", self.bundle.path, f"@{self.bundle.kernel}", *weights,
                       shape(dict(self.layers)[layer]), "--x", source, "-o", result)  # fmt: skip
        return np.load(result)

    def bench(self, m, weight_shape):
        """What "quoin-run bench" says of one shape."""
        n, k = weight_shape
        text = self.tools.run("quoin-run", "bench", self.bundle.path, f"@{self.bundle.kernel}", f"--shape={m},{n},{k}",
                              "--threads=1", "--json")  # fmt: skip
        return json.loads(text)[0]

    def _files(self, layer):
        return [f"{name}={self.work / layer}.{name}" for name in self._streams]
