"""The charts of a model run as SVG text: what a format keeps against what it stores, and its speed against the limit."""

import math
from xml.sax.saxutils import escape

INK, GREY, GRID, PAPER = "#1b1f24", "#6a737d", "#e1e4e8", "#ffffff"
COLOURS = ("#0b6e99", "#e07a1f", "#4c8f3a", "#8a4fa3")
LETTER = 0.58  # width of a letter over its height, on average and rather too much


class Svg:
    """A drawing; y goes down, all lengths in pixels."""

    def __init__(self, width, height):
        self.width, self.height, self._parts = width, height, []
        self.rectangle(0, 0, width, height, PAPER)

    def rectangle(self, x, y, width, height, fill):
        self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>')

    def line(self, x1, y1, x2, y2, colour=GRID, dash=None):
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="1"{dashes}/>'
        )

    def circle(self, x, y, radius, fill):
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{fill}"/>')

    def text(self, x, y, words, size=13, colour=INK, anchor="start", turned=False, bold=False):
        turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{weight}{turn}>'
            f"{escape(words)}</text>"
        )

    def __str__(self):
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" font-family="Helvetica, Arial, DejaVu Sans, sans-serif">'
        )
        return "\n".join([head, *self._parts, "</svg>", ""])


def overlap(a, b):
    """Whether two boxes (x, y, width, height) share an area."""
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def place_labels(points, bounds, size=13, taken=()):
    """A box for the label of every point (x, y, words), inside `bounds` and off all points, boxes in `taken` and labels.

    Each label goes to the nearest free place from which a straight line reaches its point past all others, or else to
    the nearest free place; where nothing is free it lies to the right of its point. Points are served from the crowded
    ones on, because those have the fewest places."""
    dots = [(x - 6, y - 6, 12, 12) for x, y, _ in points]
    boxes, used, leaders = {}, [*taken, *dots], []

    def crowd(i):
        return -sum(math.dist(points[i][:2], other[:2]) < 60 for other in points)

    def free(box):
        x, y, width, height = box
        if x < bounds[0] or y < bounds[1] or x + width > bounds[0] + bounds[2] or y + height > bounds[1] + bounds[3]:
            return False
        return not any(overlap(box, other) for other in used)

    def reached(i, box):
        start, end = points[i][:2], nearest(points[i], box)
        others = [*boxes.values(), *(dot for j, dot in enumerate(dots) if j != i)]
        return not (any(crosses(start, end, other) for other in others) or any(crosses(*one, box) for one in leaders))

    for i in sorted(range(len(points)), key=crowd):
        x, y, words = points[i]
        width, height = LETTER * size * len(words) + 6, size + 3
        found = [box for box in _around(x, y, width, height) if free(box)]
        right = (x + 9, y - height / 2, width, height)
        boxes[i] = next((box for box in found if reached(i, box)), (found or [right])[0])
        used.append(boxes[i])
        leaders.append(((x, y), nearest(points[i], boxes[i])))
    return [boxes[i] for i in range(len(points))]


def nearest(point, box):
    """Where a line from a point to the words in a box ends."""
    return min(max(point[0], box[0] + 4), box[0] + box[2] - 4), min(max(point[1], box[1] + 2), box[1] + box[3] - 2)


def crosses(start, end, box):
    """Whether a line meets a box, looked at every few pixels."""
    steps = max(1, int(math.dist(start, end) / 2))
    across, down = (end[0] - start[0]) / steps, (end[1] - start[1]) / steps
    along = ((start[0] + across * i, start[1] + down * i) for i in range(steps + 1))
    return any(box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3] for x, y in along)


def _around(x, y, width, height):
    for distance in range(9, 160, 4):
        for angle in (0, 180, 90, 270, 30, 330, 150, 210, 60, 300, 120, 240):
            cx, cy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            # The nearest point of the box is about `distance` away from the point.
            yield x + cx * (distance + width / 2) - width / 2, y + cy * (distance + height / 2) - height / 2, width, height


def merged(points, closer=3):
    """Points that cannot be told apart get one label: "a, b"."""
    groups = []
    for x, y, words in points:
        group = next((group for group in groups if math.dist((x, y), group[:2]) < closer), None)
        if group:
            group[2] += ", " + words
        else:
            groups.append([x, y, words])
    return groups


def step(span, count):
    """The distance of some `count` round ticks on an axis of length `span`."""
    power = 10 ** math.floor(math.log10(span / count))
    return next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= count)


def error_chart(rows, note):
    """Signal to noise of the weights over the layers that all formats take, against bits per weight."""
    rows = [row for row in rows if row["common_db"] is not None and math.isfinite(row["common_db"])]
    if not rows:
        return None
    svg, left, top, width, height = Svg(960, 680), 80, 84, 840, 516
    least_bits = math.floor(min(row["bits_per_weight"] for row in rows))
    most_bits = math.ceil(max(row["bits_per_weight"] for row in rows) + 0.5)
    most_db = 10 * math.ceil((max(row["common_db"] for row in rows) + 3) / 10)
    least_db = min(0, 10 * math.floor(min(row["common_db"] for row in rows) / 10))

    def at(bits, db):
        across = (bits - least_bits) / (most_bits - least_bits)
        return left + width * across, top + height * (most_db - db) / (most_db - least_db)

    svg.text(left, 32, "What a format keeps of the weights", 19, bold=True)
    svg.text(left, 56, note, 13, GREY)
    for db in range(least_db, most_db + 1, 10):
        x, y = at(least_bits, db)
        svg.line(x, y, x + width, y)
        svg.text(x - 10, y + 4, str(db), anchor="end")
    for bits in range(least_bits, most_bits + 1):
        x, y = at(bits, least_db)
        svg.line(x, top, x, y)
        svg.text(x, y + 20, str(bits), anchor="middle")
    svg.text(left + width / 2, top + height + 48, "storage, bits per weight (scales included)", 14, anchor="middle")
    svg.text(24, top + height / 2, "signal to noise of the weights, dB", 14, anchor="middle", turned=True)
    words, last = "6.02 dB a bit: the bound for independent normal weights", min(most_bits, most_db / 6.02)
    guide = [at(bits, 6.02 * bits) for bits in (least_bits + (last - least_bits) * i / 200 for i in range(201))]
    svg.line(*guide[0], *guide[-1], GREY, "5 4")
    legend = (left + 16, top + 12, LETTER * 12 * len(words) + 40, 18)
    svg.rectangle(*legend, PAPER)
    svg.line(legend[0], top + 21, legend[0] + 30, top + 21, GREY, "5 4")
    svg.text(legend[0] + 38, top + 25, words, 12, GREY)

    points = [(*at(row["bits_per_weight"], row["common_db"]), row["format"]) for row in rows]
    labels = merged(points)
    # Labels keep off the dashed line, too.
    boxes = place_labels(labels, (left, top, width, height), taken=[legend, *((x - 2, y - 2, 4, 4) for x, y in guide)])
    for label, box in zip(labels, boxes):
        end = nearest(label, box)
        if math.dist(label[:2], end) > 20:  # nearer ones are plain to see
            svg.line(*label[:2], *end, GREY)
    for x, y, _ in points:
        svg.circle(x, y, 5, COLOURS[0])
    for (_, _, words), box in zip(labels, boxes):
        svg.text(box[0] + box[2] / 2, box[1] + 13, words, anchor="middle")
    return str(svg)


def speed_chart(rows, note):
    """Share of the machine's limit, a bar an M, formats below each other."""
    sizes = list(dict.fromkeys(one["m"] for row in rows for one in row["speed"]))
    if not sizes:
        return None
    bar, gap, left, top, width = 11, 11, 130, 110, 690
    pitch = bar * len(sizes) + gap
    height = pitch * len(rows) + gap
    svg = Svg(900, top + height + 74)
    svg.text(40, 32, "Speed against the machine's limit, one thread", 19, bold=True)
    svg.text(40, 56, note, 13, GREY)
    x = left
    for m, colour in zip(sizes, COLOURS * len(sizes)):
        words = f"M = {m}"
        svg.rectangle(x, 76, 14, 14, colour)
        svg.text(x + 20, 88, words)
        x += 20 + LETTER * 13 * len(words) + 24
    most = max(1.0, *(one["share"] for row in rows for one in row["speed"]))
    ticks = step(100 * most, 10)
    for i in range(int(100 * most / ticks) + 1):
        x = left + width * i * ticks / (100 * most)
        svg.line(x, top, x, top + height)
        svg.text(x, top + height + 20, f"{i * ticks:g}", anchor="middle")
    title = "share of what memory (bytes stored) or arithmetic allows, %"
    svg.text(left + width / 2, top + height + 48, title, 14, anchor="middle")
    for number, row in enumerate(rows):
        y = top + gap + number * pitch
        middle = y + bar * len(sizes) / 2
        svg.text(left - 10, middle + 4.5, row["format"], anchor="end")
        if not row["speed"]:
            svg.rectangle(left + 2, middle - 8, 90, 16, PAPER)
            svg.text(left + 6, middle + 4, "no kernel yet", 12, GREY)
        for i, one in enumerate(row["speed"]):
            end = width * one["share"] / most
            svg.rectangle(left, y + i * bar, end, bar - 1, COLOURS[sizes.index(one["m"]) % len(COLOURS)])
            svg.text(left + end + 5, y + i * bar + 9, f"{100 * one['share']:.0f}", 10, GREY)
    svg.line(left, top, left, top + height, INK)
    return str(svg)
