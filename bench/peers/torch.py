"""PyTorch's quantized matrix multiplications on the CPU: 4-bit groups, and 8 bits with one scale a row."""

import warnings

import numpy as np

from . import Case, Missing, Product, copies, random

CHECKED_ROWS = 16


class Peer:
    def __init__(self, threads):
        try:
            import torch
        except (ImportError, OSError) as problem:
            raise Missing(f'{problem}; "pip install torch" gets it (several GB with its CUDA libraries)') from problem
        self._torch = torch
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.versions = {"package": f"torch {torch.__version__}", "cpu": torch.backends.cpu.get_cpu_capability()}
        if "x86" in torch.backends.quantized.supported_engines:
            torch.backends.quantized.engine = "x86"

    def cases(self):
        """All but its scalar loops, which are what X in f32 without int8 arithmetic gets."""
        return [
            Case("int4, 32", "bf16", "q4_0"),
            Case("int4, 128", "bf16", "w4g128"),
            Case("int8, rows", "bf16", "q8_0"),
            Case("int8, rows", "int8", "q8_0"),
        ]

    def prepare(self, case, m, n, k, rotate):
        if case.name.startswith("int4"):
            multiply, stored, decoded = self._int4(int(case.name.split()[-1]), n, k)
        else:
            multiply, stored, decoded = self._int8_dynamic(n, k) if case.path == "int8" else self._int8(n, k)
        values = random(m, k, seed=2)
        x = self._torch.from_numpy(values)
        latest = [None]

        def call(product):
            def run():
                latest[0] = product(x)

            return run

        def expected():
            return values[:CHECKED_ROWS] @ decoded.T

        calls = [call(multiply()) for _ in range(copies(stored, rotate))]
        return Product(calls, stored, lambda: latest[0].numpy(), expected)

    def _in_bf16(self, multiply):
        """f32 in and f32 out around a kernel that wants bf16."""
        torch = self._torch
        return lambda x: multiply(x.to(torch.bfloat16)).to(torch.float32)

    def _int4(self, group, n, k):
        torch, aten = self._torch, self._torch.ops.aten
        rng = np.random.default_rng(1)
        codes = rng.integers(0, 16, (n, k), dtype=np.int32)
        scales = torch.from_numpy(rng.uniform(0.5, 1.5, (n, k // group)).astype(np.float32) / 8).to(torch.bfloat16)
        # A weight is (code - 8) * scale + zero; [K / group, N, 2].
        pairs = torch.stack([scales.T, torch.zeros_like(scales.T)], dim=-1).contiguous()
        decoded = (codes - 8).astype(np.float32) * np.repeat(scales.float().numpy(), group, axis=1)

        def multiply():
            packed = aten._convert_weight_to_int4pack_for_cpu(torch.from_numpy(codes), 1)
            own = pairs.clone()
            return self._in_bf16(lambda x: aten._weight_int4pack_mm_for_cpu(x, packed, group, own))

        return multiply, n * k // 2 + pairs.numel() * pairs.element_size(), decoded

    def _rows(self, n, k):
        rng = np.random.default_rng(1)
        codes = rng.integers(-127, 128, (n, k), dtype=np.int8)
        return codes, rng.uniform(0.5, 1.5, n).astype(np.float32) / 128

    def _int8(self, n, k):
        torch = self._torch
        codes, scales = self._rows(n, k)
        typed = torch.from_numpy(scales).to(torch.bfloat16)
        decoded = codes.astype(np.float32) * typed.float().numpy()[:, None]

        def multiply():
            own = torch.from_numpy(codes).clone()
            return self._in_bf16(lambda x: torch.ops.aten._weight_int8pack_mm(x, own, typed))

        return multiply, n * k + typed.numel() * typed.element_size(), decoded

    def _int8_dynamic(self, n, k):
        """Activations quantized to 8 bits in the call, one scale for all of X."""
        torch = self._torch
        codes, scales = self._rows(n, k)
        typed = torch.from_numpy(scales)
        with warnings.catch_warnings():  # quantized tensor types are on their way out
            warnings.simplefilter("ignore")
            zeros = torch.zeros(n, dtype=torch.int64)
            weight = torch._make_per_channel_quantized_tensor(torch.from_numpy(codes), typed, zeros, 0)

        def multiply():
            packed = torch.ops.quantized.linear_prepack(weight)
            # The vector extensions' 16-bit sums of two products may overflow with all 8 bits, hence 7.
            return lambda x: torch.ops.quantized.linear_dynamic(x, packed, True)

        return multiply, n * k + 4 * n, codes.astype(np.float32) * scales[:, None]
