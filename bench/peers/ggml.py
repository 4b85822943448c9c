"""ggml, the kernels of llama.cpp, through the shared libraries that a Python package of it carries.

Only functions of its public headers are called, and no struct's layout is assumed: one graph a copy of the weights,
with a single matrix multiplication in it, run by the CPU backend.
"""

import ctypes
import importlib.metadata
import importlib.util
import os
import pathlib

import numpy as np

from . import Case, Missing, Product, copies, random

# Carries libggml-base and libggml-cpu. It comes as source, so pip builds it for all vector extensions of its machine.
PACKAGE, DISTRIBUTION = "llama_cpp", "llama-cpp-python"
# Numbers of ggml's type enumeration, checked against the library's own names, and Quoin's names of the same bits.
TYPES = {
    "q8_0": 8, "q4_0": 2, "q5_0": 6, "q4_K": 12, "q6_K": 14, "q3_K": 11, "iq4_nl": 20, "mxfp4": 39, "iq2_xxs": 16, "tq1_0": 34,
}  # fmt: skip
F32 = 0
QUANTIZED_ROWS = 64  # repeated to fill W, because searching encoders are slow
CHECKED_ROWS = 16

_P, _I, _L, _S = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_size_t


class _InitParams(ctypes.Structure):
    _fields_ = [("mem_size", _S), ("mem_buffer", _P), ("no_alloc", ctypes.c_bool)]


_BASE = {
    "ggml_init": (_P, _InitParams),
    "ggml_free": (None, _P),
    "ggml_type_name": (ctypes.c_char_p, _I),
    "ggml_row_size": (_S, _I, _L),
    "ggml_quantize_chunk": (_S, _I, _P, _P, _L, _L, _L, _P),
    "ggml_tensor_overhead": (_S,),
    "ggml_graph_overhead_custom": (_S, _S, ctypes.c_bool),
    "ggml_new_tensor_2d": (_P, _P, _I, _L, _L),
    "ggml_new_graph_custom": (_P, _P, _S, ctypes.c_bool),
    "ggml_build_forward_expand": (None, _P, _P),
    "ggml_mul_mat": (_P, _P, _P, _P),
    "ggml_cast": (_P, _P, _P, _I),
    "ggml_backend_graph_compute": (_I, _P, _P),
    "ggml_backend_alloc_ctx_tensors_from_buft": (_P, _P, _P),
    "ggml_backend_buft_alloc_buffer": (_P, _P, _S),
    "ggml_backend_buft_name": (ctypes.c_char_p, _P),
    "ggml_backend_buffer_get_base": (_P, _P),
    "ggml_backend_buffer_free": (None, _P),
    "ggml_backend_tensor_alloc": (_I, _P, _P, _P),
    "ggml_backend_tensor_set": (None, _P, _P, _S, _S),
    "ggml_backend_tensor_get": (None, _P, _P, _S, _S),
    "ggml_backend_reg_dev_get": (_P, _P, _S),
    "ggml_backend_reg_get_proc_address": (_P, _P, ctypes.c_char_p),
    "ggml_backend_dev_supports_op": (ctypes.c_bool, _P, _P),
    "ggml_threadpool_params_init": (None, _P, _I),
}
_CPU = {
    "ggml_backend_cpu_init": (_P,),
    "ggml_backend_cpu_reg": (_P,),
    "ggml_backend_cpu_buffer_type": (_P,),
    "ggml_backend_cpu_set_n_threads": (None, _P, _I),
    "ggml_backend_cpu_set_threadpool": (None, _P, _P),
    "ggml_threadpool_new": (_P, _P),
}
_FEATURES = (
    "avx2", "avx_vnni", "avx512", "avx512_vnni", "avx512_bf16", "amx_int8", "neon", "dotprod", "matmul_int8", "llamafile",
)  # fmt: skip


class Peer:
    def __init__(self, threads):
        # Read when OpenMP is loaded: its threads stay where they are.
        os.environ.setdefault("OMP_PROC_BIND", "true")
        folder = _find()
        try:
            self._base = _bind(min(folder.glob("libggml-base.so*")), _BASE)
            self._cpu = _bind(min(folder.glob("libggml-cpu.so*")), _CPU)
        except (OSError, AttributeError, ValueError) as problem:
            raise Missing(f"the libraries of {DISTRIBUTION} cannot be used: {problem}") from problem
        self._quiet()
        self._backend = self._cpu.ggml_backend_cpu_init()
        self._cpu.ggml_backend_cpu_set_n_threads(self._backend, threads)
        if threads > 1:  # one pool for all calls; a call without one starts its threads anew where OpenMP is off
            params = ctypes.create_string_buffer(4096)  # the struct's size is the library's own affair
            self._base.ggml_threadpool_params_init(params, threads)
            self._cpu.ggml_backend_cpu_set_threadpool(self._backend, self._cpu.ggml_threadpool_new(params))
        self._device = self._base.ggml_backend_reg_dev_get(self._cpu.ggml_backend_cpu_reg(), 0)
        self._buffer_types = {"plain": self._cpu.ggml_backend_cpu_buffer_type()} | self._extra_buffer_types()
        package = f"{DISTRIBUTION} {importlib.metadata.version(DISTRIBUTION)}"
        self.versions = {"package": package, "ggml": self._own_version(), "cpu": " ".join(self._features())}

    def cases(self):
        """Every type in the plain layout, and in each layout of the library's own that takes it."""
        found = []
        for name, number in TYPES.items():
            if (self._base.ggml_type_name(number) or b"").decode().lower() != name.lower():
                continue  # an older library without it
            found += [Case(name, path, name) for path, kind in self._buffer_types.items() if self._takes(kind, number)]
        return found

    def prepare(self, case, m, n, k, rotate):
        number, base = TYPES[case.name], self._base
        data = self._encoded(number, n, k)
        count = copies(data.nbytes, rotate)
        context = self._context(tensors=2 * count + 1, graphs=count)
        weights = [base.ggml_new_tensor_2d(context, number, k, n) for _ in range(count)]
        buffers = [base.ggml_backend_alloc_ctx_tensors_from_buft(context, self._buffer_types[case.path])]
        for weight in weights:
            base.ggml_backend_tensor_set(weight, data.ctypes.data, 0, data.nbytes)
        values = random(m, k, seed=2)
        x = base.ggml_new_tensor_2d(context, F32, k, m)
        buffers.append(base.ggml_backend_alloc_ctx_tensors_from_buft(context, self._buffer_types["plain"]))
        base.ggml_backend_tensor_set(x, values.ctypes.data, 0, values.nbytes)

        # All products go to one place, as a model's do.
        place = base.ggml_backend_buft_alloc_buffer(self._buffer_types["plain"], 4 * m * n + 64)
        buffers.append(place)
        outputs = [base.ggml_mul_mat(context, weight, x) for weight in weights]
        graphs = [self._graph(context, output, place) for output in outputs]
        compute, backend = base.ggml_backend_graph_compute, ctypes.c_void_p(self._backend)

        def call(graph):
            argument = ctypes.c_void_p(graph)
            return lambda: compute(backend, argument)

        def result():
            y = np.empty((m, n), dtype=np.float32)
            base.ggml_backend_tensor_get(outputs[0], y.ctypes.data, 0, y.nbytes)
            return y

        def expected():
            return values[:CHECKED_ROWS] @ self._decoded(number, data, n, k).T

        return Product([call(graph) for graph in graphs], data.nbytes, result, expected, _Owner(base, context, buffers))

    def _quiet(self):
        """No word of the library's on our standard error."""
        kind = ctypes.CFUNCTYPE(None, _I, ctypes.c_char_p, _P)
        self._logger = kind(lambda level, text, data: None)
        self._base.ggml_log_set(self._logger, None)

    def _own_version(self):
        words = []
        for name in ("ggml_version", "ggml_commit"):
            try:
                function = getattr(self._base, name)
            except AttributeError:  # older than these functions
                continue
            function.restype = ctypes.c_char_p
            words.append(function().decode())
        return " ".join(words)

    def _features(self):
        """Vector extensions that it was built for."""
        return [name for name in _FEATURES if getattr(self._cpu, "ggml_cpu_has_" + name, int)()]

    def _extra_buffer_types(self):
        """Layouts of the library's own (rows interleaved, tiles), {name: buffer type}."""
        registry = self._cpu.ggml_backend_cpu_reg()
        address = self._base.ggml_backend_reg_get_proc_address(registry, b"ggml_backend_dev_get_extra_bufts")
        if not address:
            return {}
        found = ctypes.CFUNCTYPE(ctypes.POINTER(_P), _P)(address)(self._device)
        types, i = {}, 0
        while found and found[i]:
            name = self._base.ggml_backend_buft_name(found[i]).decode().removeprefix("CPU_").lower()
            types[name] = found[i]
            i += 1
        return types

    def _takes(self, buffer_type, number):
        """Whether weights of a type, laid out so, can be multiplied with. Asked with tensors of 256 x 256."""
        context = self._context(tensors=3, graphs=0)
        weight = self._base.ggml_new_tensor_2d(context, number, 256, 256)
        buffer = self._base.ggml_backend_alloc_ctx_tensors_from_buft(context, buffer_type)
        if not buffer:
            return False
        x = self._base.ggml_new_tensor_2d(context, F32, 256, 1)
        answer = self._base.ggml_backend_dev_supports_op(self._device, self._base.ggml_mul_mat(context, weight, x))
        self._base.ggml_backend_buffer_free(buffer)
        self._base.ggml_free(context)
        return answer

    def _context(self, tensors, graphs):
        size = (tensors + 8) * self._base.ggml_tensor_overhead() + graphs * self._base.ggml_graph_overhead_custom(8, False)
        return self._base.ggml_init(_InitParams(size, None, True))

    def _graph(self, context, output, place):
        base = self._base
        base.ggml_backend_tensor_alloc(place, output, base.ggml_backend_buffer_get_base(place))
        graph = base.ggml_new_graph_custom(context, 8, False)
        base.ggml_build_forward_expand(graph, output)
        return graph

    def _encoded(self, number, n, k):
        rows = random(QUANTIZED_ROWS, k, seed=1)
        importance = np.ones(k, dtype=np.float32)  # some encoders want to know which columns matter
        row = self._base.ggml_row_size(number, k)
        data = np.empty((QUANTIZED_ROWS, row), dtype=np.uint8)
        self._base.ggml_quantize_chunk(number, rows.ctypes.data, data.ctypes.data, 0, QUANTIZED_ROWS, k,
                                       importance.ctypes.data)  # fmt: skip
        return np.ascontiguousarray(np.resize(data, (n, row)))

    def _decoded(self, number, data, n, k):
        """W as the library itself decodes it."""
        base = self._base
        context = self._context(tensors=2, graphs=1)
        weight = base.ggml_new_tensor_2d(context, number, k, n)
        output = base.ggml_cast(context, weight, F32)
        buffer = base.ggml_backend_alloc_ctx_tensors_from_buft(context, self._buffer_types["plain"])
        base.ggml_backend_tensor_set(weight, data.ctypes.data, 0, data.nbytes)
        graph = base.ggml_new_graph_custom(context, 8, False)
        base.ggml_build_forward_expand(graph, output)
        base.ggml_backend_graph_compute(self._backend, graph)
        decoded = np.empty((n, k), dtype=np.float32)
        base.ggml_backend_tensor_get(output, decoded.ctypes.data, 0, decoded.nbytes)
        base.ggml_backend_buffer_free(buffer)
        base.ggml_free(context)
        return decoded


class _Owner:
    """Frees a context and its buffers when the product is dropped."""

    def __init__(self, base, context, buffers):
        self._base, self._context, self._buffers = base, context, buffers

    def __del__(self):
        for buffer in self._buffers:
            self._base.ggml_backend_buffer_free(buffer)
        self._base.ggml_free(self._context)


def _find():
    spec = importlib.util.find_spec(PACKAGE)
    root = pathlib.Path(spec.origin).parent if spec else None
    for folder in (root, root / "lib") if root else ():
        if any(folder.glob("libggml-cpu.so*")):
            return folder
    raise Missing('no ggml here; "pip install llama-cpp-python" builds it for this machine (a quarter of an hour or more)')


def _bind(path, functions):
    library = ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
    for name, (result, *arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
