"""float32 OpenBLAS: what quantizing is measured against. No format of Quoin's is its like."""

import numpy as np
import openblas

from . import Case, Missing, Product, copies, random

CHECKED_ROWS = 16


class Peer:
    def __init__(self, threads):
        self._blas = openblas.OpenBlas(threads)
        if not self._blas.available:
            raise Missing(f'{self._blas.why}; "apt-get install libopenblas0-pthread" gets it')
        self.versions = {"package": self._blas.config()}

    def cases(self):
        return [Case("f32", "sgemm"), Case("f32", "sgemv")]

    def prepare(self, case, m, n, k, rotate):
        """None for the matrix-vector routine with more than one row."""
        if case.path == "sgemv" and m > 1:
            return None
        x, y = random(m, k, seed=2), np.empty((m, n), dtype=np.float32)
        weights = np.empty((copies(4 * n * k, rotate), n, k), dtype=np.float32)
        weights[:] = random(n, k, seed=1)
        calls = [self._blas.prepare("cblas_" + case.path, x, w, y) for w in weights]
        return Product(calls, 4 * n * k, lambda: y, lambda: x[:CHECKED_ROWS] @ weights[0].T, weights)
