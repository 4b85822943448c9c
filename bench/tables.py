"""The tables that minilm.py prints, from the rows it measured."""

import encoder


def _number(value, width, places):
    return f"{'-' if value is None else format(value, f'.{places}f'):>{width}}"


def _with_worst(row, kind, width):
    if row.get(kind + "_db") is None:
        return "-".rjust(width)
    return f"{row[kind + '_db']:.2f} ({row[kind + '_worst_db']:5.2f})".rjust(width)


def quality_table(rows):
    lines = ["format          bits/weight   layers   weights dB (worst)   common dB   outputs dB (worst)   vector's cosine"]
    of = len(encoder.linear_layers())
    for row in rows:
        layers = f"{row['layers']}/{of}"
        lines.append(
            f"{row['format']:16}{row['bits_per_weight']:11.3f}{layers:>9}{_with_worst(row, 'weights', 21)}"
            f"{_number(row['common_db'], 12, 2)}{_with_worst(row, 'outputs', 21)}{_number(row.get('cosine'), 18, 6)}"
        )
    return "\n".join(lines)


def speed_table(rows, baselines):
    lines = ["format             M    time us     GB/s  Gflop/s    share   against f32"]
    for name, one in [("f32", one) for one in baselines] + [(row["format"], one) for row in rows for one in row["speed"]]:
        base = next((base["time_us"] for base in baselines if base["m"] == one["m"]), None)
        share = "-" if one["share"] is None else f"{100 * one['share']:.0f} %"
        against = "-" if base is None else f"{base / one['time_us']:.2f} x"
        lines.append(
            f"{name:16}{one['m']:4}{one['time_us']:11.1f}{one['weight_gbs']:9.2f}{one['gflops']:9.2f}{share:>9}{against:>14}"
        )
    return "\n".join(lines)


def notes(rows):
    """What is missing from the tables and why, one line a format."""
    lines = [f"{row['format']}: {'; '.join(row['notes'])}" for row in rows if row["notes"]]
    return "\n".join(["", *lines, ""]) if lines else ""
