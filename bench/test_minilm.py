"""The pieces of the model run: noise in dB, the tokenizer, the encoder's shapes, sums over layers, the baseline."""

import contextlib
import io
import math
import unittest
import unittest.mock

import numpy as np

import encoder
import minilm
import openblas
import quantized
import quoin
import tables


class NoiseTest(unittest.TestCase):
    def test_sum_and_worst(self):
        noise = quantized.Noise()
        noise.add([10.0, 0.0], [9.0, 0.0])  # 100 over 1: 20 dB
        noise.add([1.0, 0.0], [1.0, 1.0])  # 1 over 1: 0 dB
        self.assertAlmostEqual(noise.worst, 0.0)
        self.assertAlmostEqual(noise.db, 10 * math.log10(101 / 2))

    def test_equal_is_infinite(self):
        noise = quantized.Noise()
        noise.add([1.0], [1.0])
        self.assertEqual(noise.db, math.inf)

    def test_nan_is_no_signal(self):
        noise = quantized.Noise()
        noise.add([1.0], [math.nan])
        self.assertEqual(noise.worst, -math.inf)


class FetchTest(unittest.TestCase):
    def test_failure_is_said(self):
        said = io.StringIO()
        with unittest.mock.patch("minilm.fetch_model", side_effect=quoin.ToolError("no network")):
            with contextlib.redirect_stderr(said):
                self.assertIsNone(minilm.try_fetch(None))
        want = "the model could not be had (no network); weights of the same shapes are generated\n"
        self.assertEqual(said.getvalue(), want)


class EncoderTest(unittest.TestCase):
    def test_tokens_longest_piece_first(self):
        vocabulary = {"[CLS]": 0, "[SEP]": 1, "[UNK]": 2, "enc": 3, "en": 4, "##oder": 5, ".": 6, "##od": 7}
        np.testing.assert_array_equal(encoder.tokens("Encoder xyz.", vocabulary, 6), [0, 3, 5, 2, 6, 1])

    def test_short_text_repeats(self):
        vocabulary = {"[CLS]": 0, "[SEP]": 1, "[UNK]": 2, "a": 3}
        np.testing.assert_array_equal(encoder.tokens("a", vocabulary, 6), [0, 3, 3, 3, 3, 1])

    def test_every_layer_is_run_once_with_its_shape(self):
        model, inputs = encoder.generated(0), {}
        vector = encoder.forward(model, np.arange(5), encoder.recording(model, inputs))
        layers = encoder.linear_layers()
        self.assertEqual(list(inputs), [name for name, _ in layers])
        for name, (n, k) in layers:
            self.assertEqual(inputs[name].shape, (5, k))
            self.assertEqual(model[name + ".weight"].shape, (n, k))
        self.assertAlmostEqual(float(np.linalg.norm(vector)), 1.0)

    def test_attention_of_equal_tokens_is_their_value(self):
        rng = np.random.default_rng(0)
        q, k = rng.standard_normal((2, 4, encoder.HIDDEN))
        v = np.tile(rng.standard_normal(encoder.HIDDEN), (4, 1))
        np.testing.assert_allclose(encoder._attention(q, k, v), v)


class SpeedTest(unittest.TestCase):
    def test_sum_over_layers(self):
        class Fixed:
            def bench(self, m, sizes):
                return {"time_us": 2.0, "share": 0.5, "stored_bytes": 1000}

        total = minilm.speed(Fixed(), 1, encoder.linear_layers())
        self.assertEqual(total["time_us"], 2.0 * 37)
        self.assertAlmostEqual(total["share"], 0.5)
        self.assertAlmostEqual(total["weight_gbs"], 0.5)

    def test_table_compares_with_the_same_m(self):
        baselines = [minilm.with_rates(1, {"time_us": 30.0, "stored_bytes": 1, "flop": 1})]
        ours = minilm.with_rates(1, {"time_us": 10.0, "ideal_us": 8.0, "stored_bytes": 1, "flop": 1})
        text = tables.speed_table([{"format": "x", "speed": [ours]}], baselines)
        self.assertIn("80 %", text)
        self.assertIn("3.00 x", text)


class CommonLayersTest(unittest.TestCase):
    class Model:
        def __init__(self, layers):
            self.layers = layers

    def test_only_what_all_take(self):
        layers = encoder.linear_layers()
        wide = [one for one in layers if one[1][1] == encoder.INNER]
        models = [self.Model(layers), self.Model(wide)]
        self.assertEqual(minilm.common_layers(models), wide)
        self.assertEqual(quantized.shape_counts(wide), {(encoder.HIDDEN, encoder.INNER): encoder.LAYERS})

    def test_a_format_without_kernel_keeps_its_row(self):
        row = {"format": "x", "bits_per_weight": 4.5, "layers": 6, "weights_db": 20.0, "weights_worst_db": 19.0,
               "common_db": 20.5, "speed": [], "notes": ["no kernel"]}  # fmt: skip
        text = tables.quality_table([row])
        self.assertIn("6/37", text)
        self.assertIn("20.50", text)
        self.assertEqual(len({len(line) for line in text.splitlines()}), 1)
        self.assertIn("x: no kernel", tables.notes([row]))


class OpenBlasTest(unittest.TestCase):
    def test_both_routines_multiply_by_the_transpose(self):
        blas = openblas.OpenBlas()
        if not blas.available:
            self.skipTest(blas.why)
        rng = np.random.default_rng(0)
        x, w = rng.standard_normal((3, 8), dtype=np.float32), rng.standard_normal((5, 8), dtype=np.float32)
        y = np.empty((3, 5), dtype=np.float32)
        blas.sgemm(x, w, y)
        np.testing.assert_allclose(y, x @ w.T, rtol=1e-5)
        y = np.empty((1, 5), dtype=np.float32)
        blas.sgemv(x[:1], w, y)
        np.testing.assert_allclose(y, x[:1] @ w.T, rtol=1e-5)


if __name__ == "__main__":
    unittest.main()
