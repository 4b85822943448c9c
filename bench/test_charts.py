"""The charts: labels that do not overlap, points at their values, well-formed text, rows without a kernel."""

import itertools
import unittest
from xml.etree import ElementTree

import charts

SVG = "{http://www.w3.org/2000/svg}"


def row(name, bits, db, shares=()):
    return {"format": name, "bits_per_weight": bits, "common_db": db,
            "speed": [{"m": m, "share": share} for m, share in zip((1, 128), shares)]}  # fmt: skip


class Labels(unittest.TestCase):
    def test_a_crowd_is_spread(self):
        points = [(300 + 3 * i, 200 + 2 * i, f"format{i}") for i in range(12)]
        bounds = (0, 0, 800, 600)
        boxes = charts.place_labels(points, bounds)
        for a, b in itertools.combinations(boxes, 2):
            self.assertFalse(charts.overlap(a, b), (a, b))
        for (x, y, _), box in itertools.product(points, boxes):
            self.assertFalse(charts.overlap((x - 5, y - 5, 10, 10), box))

    def test_points_on_each_other_share_a_label(self):
        self.assertEqual(charts.merged([(1, 1, "a"), (9, 9, "b"), (2, 1, "c")]), [[1, 1, "a, c"], [9, 9, "b"]])

    def test_a_line_meets_a_box_between_its_ends(self):
        self.assertTrue(charts.crosses((0, 0), (100, 0), (50, -5, 10, 10)))
        self.assertFalse(charts.crosses((0, 0), (100, 0), (50, 5, 10, 10)))

    def test_a_point_in_the_corner_keeps_its_label_inside(self):
        (box,) = charts.place_labels([(795, 5, "corner")], (0, 0, 800, 600))
        self.assertLessEqual(box[0] + box[2], 800)
        self.assertGreaterEqual(box[1], 0)


class Ticks(unittest.TestCase):
    def test_round_numbers(self):
        self.assertEqual([charts.step(span, 10) for span in (100, 110, 900)], [10, 20, 100])


class Charts(unittest.TestCase):
    def test_every_format_is_a_labelled_point(self):
        rows = [row("a", 4.5, 21.0), row("b<c", 4.25, -3.0), row("d", 8.5, None)]
        tree = ElementTree.fromstring(charts.error_chart(rows, "note"))
        self.assertEqual(len(tree.findall(SVG + "circle")), 2)
        self.assertIn("b<c", [text.text for text in tree.findall(SVG + "text")])

    def test_no_point_no_chart(self):
        self.assertIsNone(charts.error_chart([row("a", 4.5, None)], ""))
        self.assertIsNone(charts.speed_chart([row("a", 4.5, 20.0)], ""))

    def test_bars_are_as_long_as_their_shares(self):
        rows = [row("a", 4.5, 21.0, (0.5, 0.25)), row("b", 4.5, 21.0)]
        tree = ElementTree.fromstring(charts.speed_chart(rows, ""))
        bars = [rect for rect in tree.findall(SVG + "rect") if rect.get("height") == "10.0"]
        self.assertEqual([float(bar.get("width")) for bar in bars], [345.0, 172.5])
        self.assertIn("no kernel yet", [text.text for text in tree.findall(SVG + "text")])


if __name__ == "__main__":
    unittest.main()
