#!/usr/bin/env python3
"""matrix.py OUT.npy N K [SEED]: a float32 matrix of normal weights. matrix.py OUT.npy N K zeros|half: constants or f16."""

import sys

import numpy as np

out, n, k = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
mode = sys.argv[4] if len(sys.argv) > 4 else "1"
if mode == "zeros":
    values = np.zeros((n, k), np.float32)
elif mode == "half":
    values = np.zeros((n, k), np.float64)
else:
    values = np.random.default_rng(int(mode)).standard_normal((n, k)).astype(np.float32)
np.save(out, values)
