"""multiply.py LIBRARY BUNDLE KERNEL W.packed DECODED.npy X.npy: Y = X W^T by a kernel, compared with numpy's product.

LIBRARY is the installation's lib/libquoin_runtime.so.0, W.packed what "quoin-run pack" makes of the stored weights, and
DECODED.npy what "quoin-format decode" does; X.npy is float32 [M, K]. quoin/runtime.h says what is called."""

import ctypes, mmap, sys, numpy as np

library, bundle, name, packed, decoded, x = sys.argv[1:]
quoin, w, x = ctypes.CDLL(library), np.load(decoded), np.ascontiguousarray(np.load(x), "f4")
exact = x.astype("f8") @ w.astype("f8").T  # refuses shapes that do not fit each other
(m, k), n = x.shape, len(w)


def ask(function, *arguments, outputs=1):
    """Calls what may fail and returns its output, of 8 bytes; where it fails, the runtime says why, and all ends."""
    output, error = ctypes.c_int64(), ctypes.create_string_buffer(4 + 448 + 256)  # quoin_error
    if quoin[function](*arguments, *[ctypes.byref(output)] * outputs, error):
        sys.exit("multiply.py: " + error[4:452].split(b"\0")[0].decode())
    return output


kernel = ask("quoin_bundle_find_kernel", ask("quoin_bundle_create_from_file", bundle.encode(), None), name.encode())
w = ask("quoin_weights_create_from_file", kernel, packed.encode())
xq_bytes = ask("quoin_kernel_xq_bytes", kernel, ctypes.c_int64(m), ctypes.c_int64(k))
scratch_bytes = ask("quoin_kernel_scratch_bytes", kernel, ctypes.c_int64(1))
# Whole pages lie where the runtime wants them, at multiples of 64.
xq, scratch = (np.frombuffer(mmap.mmap(-1, size.value + 64), "u1") for size in (xq_bytes, scratch_bytes))
y, at = np.empty((m, n), "f4"), lambda array: array.ctypes.data
# quoin_call: m n k x ldx xq xq_bytes weights bias y ldy m_begin m_end n_begin n_end scratch scratch_bytes launch
call = [m, n, k, at(x), k, at(xq), xq.size, w.value, 0, at(y), n, 0, m, 0, n, at(scratch), scratch.size, 0]
for phase in ("quoin_quantize", "quoin_matmul"):
    ask(phase, kernel, (ctypes.c_int64 * len(call))(*call), outputs=0)
print("%.1f dB" % (10 * np.log10(np.sum(exact**2) / np.sum((exact - y) ** 2))))
