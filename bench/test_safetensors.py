"""The safetensors reader against files written by hand, and against damaged ones."""

import json
import pathlib
import struct
import tempfile
import unittest

import numpy as np

import safetensors


def write(path, entries, body):
    header = json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + body)


class Safetensors(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "m.safetensors"

    def test_types_and_shapes(self):
        entries = {
            "__metadata__": {"format": "pt"},
            "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
            "b": {"dtype": "BF16", "shape": [2], "data_offsets": [24, 28]},
            "c": {"dtype": "I64", "shape": [], "data_offsets": [28, 36]},
        }
        write(self.path, entries, struct.pack("<6fHHq", 0, 1, 2, 3, 4, 5, 0x3F80, 0xC000, -7))
        loaded = safetensors.load(self.path)
        self.assertEqual(sorted(loaded), ["a", "b", "c"])
        np.testing.assert_array_equal(loaded["a"], [[0, 1, 2], [3, 4, 5]])
        np.testing.assert_array_equal(loaded["b"], np.array([1, -2], dtype=np.float32))
        self.assertEqual(loaded["c"], -7)

    def test_tensor_past_the_end(self):
        write(self.path, {"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}, bytes(12))
        with self.assertRaisesRegex(ValueError, 'tensor "a"'):
            safetensors.load(self.path)

    def test_shape_and_offsets_disagree(self):
        write(self.path, {"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 12]}}, bytes(16))
        with self.assertRaisesRegex(ValueError, "needs 16 bytes, its offsets give 12"):
            safetensors.load(self.path)

    def test_header_longer_than_file(self):
        self.path.write_bytes(struct.pack("<Q", 1000) + b"{}")
        with self.assertRaisesRegex(ValueError, "1000 bytes"):
            safetensors.load(self.path)

    def test_unknown_type(self):
        write(self.path, {"a": {"dtype": "Q9", "shape": [1], "data_offsets": [0, 1]}}, bytes(1))
        with self.assertRaisesRegex(ValueError, '"Q9"'):
            safetensors.load(self.path)


if __name__ == "__main__":
    unittest.main()
