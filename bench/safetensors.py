"""A small reader of safetensors files: a length, a JSON header of names, types, shapes and offsets, then the bytes."""

import json
import struct

import numpy as np

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}


def load(path):
    """Returns {name: array}; BF16 comes as float32. Raises ValueError where the file does not hold what it says."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8:
        raise ValueError(f'"{path}" has {len(data)} bytes, too few for a safetensors file')
    (length,) = struct.unpack_from("<Q", data)
    if length > len(data) - 8:
        raise ValueError(f'"{path}" announces a header of {length} bytes in a file of {len(data)}')
    header = json.loads(data[8 : 8 + length])
    body = memoryview(data)[8 + length :]
    return {name: _tensor(path, name, entry, body) for name, entry in header.items() if name != "__metadata__"}


def _tensor(path, name, entry, body):
    begin, end = entry["data_offsets"]
    kind, shape = entry["dtype"], entry["shape"]
    bfloat = kind == "BF16"
    if not bfloat and kind not in _TYPES:
        raise ValueError(f'"{path}": tensor "{name}" has the unknown type "{kind}"')
    dtype = np.dtype("<u2" if bfloat else _TYPES[kind])
    want = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if not 0 <= begin <= end <= len(body) or end - begin != want:
        raise ValueError(f'"{path}": tensor "{name}" of shape {shape} needs {want} bytes, its offsets give {end - begin}')
    array = np.frombuffer(body[begin:end], dtype=dtype).reshape(shape)
    return (array.astype(np.uint32) << 16).view(np.float32) if bfloat else array
