"""ONNX Runtime's MatMulNBits on the CPU: symmetric codes in blocks along K, one f32 scale a block."""

import importlib.metadata

import numpy as np

from . import Case, Missing, Product, copies, random

CHECKED_ROWS = 16
# Accuracy level 4 lets it quantize the activations to int8; 0 keeps the type of X.
LEVELS = {"int8": 4, "f32": 0}
# (bits, block): Quoin's format of the same codes and blocks.
AGAINST = {(4, 32): "q4_0", (4, 128): "w4g128", (8, 32): "q8_0"}


class Peer:
    def __init__(self, threads):
        try:
            import onnx
            import onnxruntime
        except ImportError as problem:
            raise Missing(f'{problem}; "pip install onnxruntime onnx" gets it') from problem
        self._onnx, self._runtime = onnx, onnxruntime
        onnxruntime.set_default_logger_severity(3)
        # One pool for all sessions, because every copy of the weights is a session.
        onnxruntime.set_global_thread_pool_sizes(threads, 1)
        self.versions = {"package": f"onnxruntime {importlib.metadata.version('onnxruntime')}"}

    def cases(self):
        return [
            Case(f"{bits} bits, {block}", path, against)
            for (bits, block), against in AGAINST.items()
            for path in LEVELS
        ]

    def prepare(self, case, m, n, k, rotate):
        bits, block = next(key for key, against in AGAINST.items() if against == case.against)
        codes, scales = _weights(bits, block, n, k)
        model = self._model(bits, block, LEVELS[case.path], codes, scales)
        stored = codes.nbytes + scales.nbytes
        values, y = random(m, k, seed=2), np.zeros((m, n), dtype=np.float32)
        options = self._runtime.SessionOptions()
        options.use_per_session_threads = False
        calls = [self._call(model, options, values, y) for _ in range(copies(stored, rotate))]

        def expected():
            return values[:CHECKED_ROWS] @ _decoded(bits, codes, scales, n, k).T

        return Product(calls, stored, lambda: y, expected)

    def _model(self, bits, block, level, codes, scales):
        helper, kinds = self._onnx.helper, self._onnx.TensorProto
        n, blocks = scales.shape
        k = blocks * block
        node = helper.make_node("MatMulNBits", ["x", "codes", "scales"], ["y"], domain="com.microsoft",
                                K=k, N=n, bits=bits, block_size=block, accuracy_level=level)  # fmt: skip
        arrays = {"codes": codes, "scales": scales}
        weights = [self._onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()]
        graph = helper.make_graph(
            [node], "g",
            [helper.make_tensor_value_info("x", kinds.FLOAT, ["m", k])],
            [helper.make_tensor_value_info("y", kinds.FLOAT, ["m", n])],
            weights,
        )  # fmt: skip
        domains = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=domains, ir_version=10).SerializeToString()

    def _call(self, model, options, x, y):
        """A session of its own with inputs and outputs bound already, so that a timed call is little else."""
        session = self._runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        binding = session.io_binding()
        for bind, name, array in ((binding.bind_input, "x", x), (binding.bind_output, "y", y)):
            bind(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
        return lambda: session.run_with_iobinding(binding)


def _weights(bits, block, n, k):
    """Random codes [N, blocks, bytes] and scales [N, blocks], of weights of about unit size."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 256, (n, k // block, block * bits // 8), dtype=np.uint8)
    scales = rng.uniform(0.5, 1.5, (n, k // block)).astype(np.float32) / (1 << (bits - 1))
    return codes, scales


def _decoded(bits, codes, scales, n, k):
    """(code - the middle one) * scale; of two codes in a byte the lower comes first."""
    if bits == 4:
        codes = np.stack([codes & 15, codes >> 4], axis=-1).reshape(*scales.shape, -1)
    return ((codes.astype(np.float32) - (1 << (bits - 1))) * scales[:, :, None]).reshape(n, k)
