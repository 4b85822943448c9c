"""What peers.py does with numbers: fastest of several ways, rates, ratios, rotation, the check of what is timed."""

import unittest

import numpy as np

import peers


def row(peer, name, path, m, time_us, against):
    return {"peer": peer, "name": name, "path": path, "m": m, "n": 4, "k": 8, "time_us": time_us, "against": against,
            "stored_bytes": 18, "error": None}  # fmt: skip


class Rows(unittest.TestCase):
    def test_fastest_way_of_a_name_and_size(self):
        rows = [row("a", "q", "plain", 1, 9.0, "f"), row("a", "q", "repack", 1, 5.0, "f"),
                row("a", "q", "plain", 2, 7.0, "f")]  # fmt: skip
        found = [(one["path"], one["m"]) for one in peers.fastest(rows)]
        self.assertEqual(found, [("repack", 1), ("plain", 2)])

    def test_ratio_is_to_the_comparable_format_at_the_same_size(self):
        rows = [row("quoin", "f", "", 1, 3.0, "f"), row("a", "q", "", 1, 6.0, "f"), row("a", "q", "", 2, 6.0, "f"),
                row("b", "f32", "", 1, 6.0, "")]  # fmt: skip
        self.assertEqual([one["ratio"] for one in peers.with_ratios(rows)], [None, 0.5, None, None])

    def test_rates(self):
        one = peers.with_rates(row("a", "q", "", 2, 0.001, "f"))
        self.assertAlmostEqual(one["weight_gbs"], 18.0)
        self.assertAlmostEqual(one["gops"], 128.0)

    def test_line_names_the_way_and_leaves_no_ratio_out(self):
        one = peers.with_ratios([peers.with_rates(row("b", "f32", "sgemm", 1, 6.0, ""))])[0]
        self.assertRegex(peers.line(one), r"^- +b +f32 \(sgemm\) .* - +-$")
        self.assertEqual(len(peers.line(one)), len(peers.HEADING))


class Products(unittest.TestCase):
    def test_copies_fill_what_they_rotate_through(self):
        self.assertEqual(peers.copies(100, 1000), 10)
        self.assertEqual(peers.copies(300, 1000), 4)
        self.assertEqual(peers.copies(300, 1), 1)

    def test_a_wrong_last_copy_is_seen(self):
        y = np.zeros((3, 2), dtype=np.float32)
        calls = [lambda: y.fill(1.0), lambda: y.fill(1.5)]
        product = peers.Product(calls, 1, lambda: y, lambda: np.ones((2, 2), dtype=np.float32))
        self.assertAlmostEqual(peers.error(product), 0.5)

    def test_every_copy_takes_its_turn(self):
        seen = []
        product = peers.Product([lambda: seen.append(0), lambda: seen.append(1)], 1, None, None)
        self.assertGreater(peers.time_us(product, repeats=3, seconds=0), 0)
        self.assertEqual(seen, [0, 1, 0, 1, 0])  # two to see how long they take, then one a repeat


if __name__ == "__main__":
    unittest.main()
