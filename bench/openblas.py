"""The baseline: float32 Y = X * W^T by OpenBLAS, with weights that come from memory as a model's do."""

import ctypes
import ctypes.util
import os
import statistics
import time

import numpy as np

_ROW_MAJOR, _NO_TRANS, _TRANS = 101, 111, 112
# The weights rotate through this much memory, more than any cache, where a call is short of memory speed (M <= 64):
# the rule of "quoin-run bench".
ROTATE_BYTES = 1 << 30


class OpenBlas:
    """The system's OpenBLAS on some threads. `available` is false, and `why` says so, where there is none."""

    def __init__(self, threads=1):
        # Read when the library is loaded: with one thread its pool is never made.
        os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
        name = ctypes.util.find_library("openblas") or "libopenblas.so.0"
        self.why = None
        try:
            self._library = ctypes.CDLL(name)
        except OSError as error:
            self.why = f"OpenBLAS is not installed ({error})"
            return
        self._library.openblas_set_num_threads(threads)
        self._library.openblas_get_config.restype = ctypes.c_char_p

    @property
    def available(self):
        return self.why is None

    def config(self):
        return self._library.openblas_get_config().decode()

    def sgemm(self, x, w, y):
        """y[M, N] = x[M, K] * w[N, K]^T, all C-contiguous float32."""
        self._call("cblas_sgemm", x, w, y)

    def sgemv(self, x, w, y):
        """The same for M = 1."""
        self._call("cblas_sgemv", x, w, y)

    def _call(self, function, x, w, y):
        self.prepare(function, x, w, y)()

    def prepare(self, function, x, w, y):
        """A call with its arguments converted already, so that a timed loop holds little else."""
        (m, k), n = x.shape, w.shape[0]
        one, zero = ctypes.c_float(1), ctypes.c_float(0)
        px, pw, py = (ctypes.c_void_p(array.ctypes.data) for array in (x, w, y))
        i = ctypes.c_int
        if function == "cblas_sgemv":
            arguments = (i(_ROW_MAJOR), i(_NO_TRANS), i(n), i(k), one, pw, i(k), px, i(1), zero, py, i(1))
        else:
            arguments = (i(_ROW_MAJOR), i(_NO_TRANS), i(_TRANS), i(m), i(n), i(k), one, px, i(k), pw, i(k), zero, py, i(n))
        call = getattr(self._library, function)
        return lambda: call(*arguments)

    def time_us(self, m, n, k, seconds=0.5):
        """Median time of a call in microseconds; at M = 1 of the faster of its two routines."""
        functions = ("cblas_sgemm", "cblas_sgemv") if m == 1 else ("cblas_sgemm",)
        return min(self._median_us(function, m, n, k, seconds) for function in functions)

    def _median_us(self, function, m, n, k, seconds):
        rng = np.random.default_rng(1)
        x = rng.standard_normal((m, k), dtype=np.float32)
        y = np.empty((m, n), dtype=np.float32)
        copies = max(1, -(-ROTATE_BYTES // (4 * n * k))) if m <= 64 else 1
        weights = np.empty((copies, n, k), dtype=np.float32)
        weights[:] = rng.standard_normal((n, k), dtype=np.float32)
        calls = [self.prepare(function, x, w, y) for w in weights]
        affinity = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(affinity)})
        try:
            return statistics.median(_times(calls, seconds)) * 1e6
        finally:
            os.sched_setaffinity(0, affinity)


def _times(calls, seconds):
    calls[0]()
    times, end, i = [], time.perf_counter() + seconds, 0
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        calls[i % len(calls)]()
        times.append(time.perf_counter() - start)
        i += 1
    return times
