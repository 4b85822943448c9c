"""Runs kernels on tensors in files of models, and compares with float64 products of weights that others decoded.

    model_files.py BUILD SOURCE FOLDER gguf|safetensors

GGUF files are written, quantized where it can, and decoded by PyPI's gguf; safetensors files are written here by the
format's definition, from the oracles' streams. X has a row of random numbers and one row for each column of W, which
picks it: so every weight is looked at by itself. The numbers are integers of which every group of 32 columns has one of
127, so that quantizing them changes nothing.
"""

import concurrent.futures
import json
import os
import pathlib
import struct
import subprocess
import sys

import numpy as np

build, source, folder = (pathlib.Path(path) for path in sys.argv[1:4])
kind = sys.argv[4]
sys.path[:0] = [str(source / "test/oracles"), str(source / "bench")]
import encoder  # noqa: E402
import safetensors  # noqa: E402

N, K = 40, encoder.INNER
KERNELS = [("int8:32", "packed"), ("f32", "stored")]
ROUNDED = {"nf4", "fp8_e4m3_b128"}  # int8 kernels round the table of these, so that they are not for comparing


def model_weights():
    """Rows of a real model's matrix where one was fetched (scripts/check does), else generated ones of its shape."""
    layer, fetched = "encoder.layer.0.output.dense.weight", build / "minilm/model.safetensors"
    model = safetensors.load(fetched) if fetched.exists() else encoder.generated(0)
    print(f'weights: "{layer}" of {fetched if fetched.exists() else "a generated model, as none was fetched"}')
    return np.ascontiguousarray(model[layer][:N], dtype=np.float32)


def activations(k):
    rng = np.random.default_rng(3)
    row = rng.integers(-126, 127, k)
    row[::32] = 127
    return np.concatenate([row[None], 127 * np.eye(k, dtype=np.int64)]).astype(np.float32)


def distance(y, x, w):
    """The largest error, in units of what summing f32 numbers may cost. The parts that a weight is computed from may be
    some times as large as the largest of the 256 weights around it."""
    want = x.astype(np.float64) @ w.astype(np.float64).T
    blocks = np.abs(w.astype(np.float64)).reshape(w.shape[0], -1, min(256, w.shape[1]))
    size = np.repeat(4 * blocks.max(axis=2), blocks.shape[2], axis=1)
    terms = np.count_nonzero(x, axis=1, keepdims=True) + 8
    bound = terms * 2.0**-24 * (np.abs(x).astype(np.float64) @ size.T)
    return np.max(np.abs(y - want) / np.maximum(bound, 1e-300))


def tool(name, *words):
    done = subprocess.run([str(build / "bin" / name), *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr.strip())


def try_format(name, inputs, w):
    """Each kernel from the model's file; the packing one also by way of a packed file, to the same bits."""
    x, y, again, packed = (folder / f"{name}.{end}" for end in ("x.npy", "y.npy", "again.npy", "packed"))
    np.save(x, activations(w.shape[1]))
    for activation, layout in KERNELS:
        activation = "f32" if name in ROUNDED else activation
        bundle = folder / f"{name}-{layout}.quoin"
        options = [f"--format=@{name}", f"--activations={activation}", f"--layout={layout}", "--target=x86-64-v3"]
        tool("quoin-compile", *options, "-o", bundle)
        kernel = f"@matmul_{name}_{activation.replace(':', '_')}"
        tool("quoin-run", "run", bundle, kernel, *inputs, "--x", x, "-o", y, "--threads=1")
        got = np.load(y)
        error = distance(got, np.load(x), w)
        if not error <= 1:
            raise ValueError(f"{activation} {layout}: an error of {error} bounds")
        if layout == "packed":
            tool("quoin-run", "pack", bundle, kernel, *inputs, "-o", packed)
            tool("quoin-run", "run", bundle, kernel, "--weights", packed, "--x", x, "-o", again, "--threads=1")
            if not np.array_equal(np.load(again), got):
                raise ValueError("another result by way of a packed file")


def gguf_formats():
    import blocks
    import gguf

    rng, w = np.random.default_rng(5), model_weights()
    names = [name for name in blocks.TYPES if name != "iq1_m"]  # the one that is in no library
    path, decoded = folder / "model.gguf", {}
    writer = gguf.GGUFWriter(path, "example")
    writer.add_name("a model")
    writer.add_array("tokenizer.ggml.tokens", ["<s>", "gr\u00fc\u00df", ""])
    writer.add_float32("example.epsilon", 1e-5)
    writer.add_tensor("norm.weight", np.ones(7, dtype=np.float32))
    for name in names:
        if name in blocks.ENCODES:
            data = blocks.encoded(name, w)["block"].reshape(N, -1)
        else:
            length = gguf.GGML_QUANT_SIZES[blocks.TYPES[name]][0]
            data = blocks.case(rng, name, "", N, K // length, "finite").streams["block"].reshape(N, -1)
        decoded[name] = blocks.decoded(data, name, (N, K))
        writer.add_tensor(f"blk.0.{name}.weight", data, raw_dtype=blocks.TYPES[name])
    stack = np.zeros((2, N, K // 256 * 144), dtype=np.uint8)
    writer.add_tensor("blk.0.experts.weight", stack, raw_dtype=blocks.TYPES["q4_K"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return [(name, [f"--weights={path}:blk.0.{name}.weight"], decoded[name]) for name in names]


def without_nan(case):
    """The weights that are no numbers become 0."""
    case.streams["weight"][np.isnan(case.want)] = 0
    case.want[np.isnan(case.want)] = 0
    return case


def write_safetensors(path, tensors):
    """Tensors by name with their type: a length, a JSON header, and the data without holes."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (dtype, array) in tensors.items():
        raw = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def safetensors_formats():
    import planar

    rng, path, tensors = np.random.default_rng(7), folder / "model.safetensors", {}
    tensors["odd"] = ("U8", np.zeros(3, dtype=np.uint8))  # the others lie at odd places
    cases = {"w4g128": planar.gptq(rng, 4, 128, 24, 256), "w3g128": planar.gptq(rng, 3, 128, 32, 256),
             "awq": planar.awq(rng, 24, 256),
             "fp8_e4m3_b128": without_nan(planar.fp8(rng, 24, 256)), "nf4": planar.nf4(rng, 24, 256)}
    words = {"qweight": ("I32", "qweight"), "qzeros": ("I32", "qzeros"), "scales": ("F16", "scales")}
    names = {
        "w4g128": words, "w3g128": words, "awq": words,
        "fp8_e4m3_b128": {"weight": ("F8_E4M3", "weight"), "scale": ("F32", "weight_scale_inv")},
        "nf4": {"weight": ("U8", "weight"), "absmax": ("U8", "weight.absmax"),
                "nested_absmax": ("F32", "weight.nested_absmax"),
                "nested_quant_map": ("F32", "weight.nested_quant_map")},
    }  # fmt: skip
    for name, streams in names.items():
        for stream, (dtype, suffix) in streams.items():
            tensors[f"layers.0.{name}.{suffix}"] = (dtype, cases[name].streams[stream])
    # As checkpoints have them: an order of groups that is the default, and codes as a column.
    tensors["layers.0.w4g128.g_idx"] = ("I32", (np.arange(256) // 128).astype(np.int32))
    dtype, codes = tensors["layers.0.nf4.weight"]
    tensors["layers.0.nf4.weight"] = (dtype, codes.reshape(-1, 1))
    write_safetensors(path, tensors)
    np.save(folder / "offset.npy", cases["nf4"].streams["nested_offset"])
    more = {"nf4": [f"--weights=nested_offset={folder / 'offset.npy'}", "--shape=24,256"]}
    return [(name, [f"--weights={path}:layers.0.{name}", *more.get(name, [])], cases[name].want) for name in names]


def main():
    folder.mkdir(parents=True, exist_ok=True)
    formats = {"gguf": gguf_formats, "safetensors": safetensors_formats}[kind]()
    if (build / "share/quoin/data/missing.txt").exists():
        formats = [one for one in formats if one[0] != "iq2_xxs"]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for name, future in [(one[0], pool.submit(try_format, *one)) for one in formats]:
            try:
                future.result()
            except ValueError as error:
                failed += 1
                print(f"FAILED {name}: {error}")
    print(f"{len(formats) - failed} formats agree, {failed} do not")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
