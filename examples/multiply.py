#!/usr/bin/env python3
"""multiply.py BUNDLE KERNEL W.bin DECODED.npy X.npy: Y = X W^T by a kernel of a bundle, compared with numpy's product.

W.bin is the one stored stream, DECODED.npy what "quoin-format decode" makes of it, X.npy float32 [M, K]. The runtime is
plain C, so ctypes and numpy are enough: libquoin_runtime.so must be where the loader looks (LD_LIBRARY_PATH)."""

import ctypes
import sys

import numpy as np

quoin = ctypes.CDLL("libquoin_runtime.so.0")


class Stream(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("data", ctypes.c_void_p), ("bytes", ctypes.c_size_t)]


class Call(ctypes.Structure):
    """quoin_call of quoin/runtime.h; each of its fields is 8 bytes."""

    NAMES = "m n k x ldx xq xq_bytes weights bias y ldy m_begin m_end n_begin n_end scratch scratch_bytes launch"
    _fields_ = [(name, ctypes.c_int64) for name in NAMES.split()]


def ask(function, *arguments, out=None):
    """Calls a function that may fail and returns its output; ends with the runtime's sentence where it does fail."""
    error = ctypes.create_string_buffer(4 + 448 + 256)  # quoin_error: status, message, hint
    words = [ctypes.c_int64(word) if isinstance(word, int) else word for word in arguments]
    if function(*words, *([] if out is None else [ctypes.byref(out)]), error):
        sys.exit("multiply.py: " + error.raw[4:452].split(b"\0")[0].decode())
    return None if out is None else out.value


def aligned(count):
    """So many bytes at a multiple of 64."""
    memory = np.empty(count + 63, "u1")
    return memory[-memory.ctypes.data % 64 :]


bundle_path, name, w_path, decoded_path, x_path = sys.argv[1:]
stored, decoded, x = np.fromfile(w_path, "u1"), np.load(decoded_path), np.ascontiguousarray(np.load(x_path), "f4")
(n, k), m = decoded.shape, len(x)
bundle = ask(quoin.quoin_bundle_create_from_file, bundle_path.encode(), None, out=ctypes.c_void_p())
kernel = ctypes.c_void_p(ask(quoin.quoin_bundle_find_kernel, bundle, name.encode(), out=ctypes.c_void_p()))
stream = Stream(b"block", stored.ctypes.data, stored.size)
weights = ask(quoin.quoin_weights_create_from_streams, kernel, n, k, ctypes.byref(stream), 1, None, out=ctypes.c_void_p())  # fmt: skip

xq = aligned(ask(quoin.quoin_kernel_xq_bytes, kernel, m, k, out=ctypes.c_size_t()))
scratch = aligned(ask(quoin.quoin_kernel_scratch_bytes, kernel, 1, out=ctypes.c_size_t()))
y = np.empty((m, n), "f4")
call = Call(m=m, n=n, k=k, x=x.ctypes.data, ldx=k, xq=xq.ctypes.data, xq_bytes=xq.size, weights=weights,
            y=y.ctypes.data, ldy=n, m_end=m, n_end=n, scratch=scratch.ctypes.data, scratch_bytes=scratch.size)  # fmt: skip
ask(quoin.quoin_quantize, kernel, ctypes.byref(call))
ask(quoin.quoin_matmul, kernel, ctypes.byref(call))

exact = x.astype("f8") @ decoded.astype("f8").T
print("%.1f dB" % (10 * np.log10(np.sum(exact**2) / np.sum((exact - y) ** 2))))
quoin.quoin_weights_release(ctypes.c_void_p(weights))
quoin.quoin_bundle_release(ctypes.c_void_p(bundle))
