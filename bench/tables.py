"""The tables that minilm.py prints, from the rows it measured."""


def quality_table(rows):
    lines = ["format      bits/weight   weights dB (worst)   outputs dB (worst)   vector's cosine"]
    for row in rows:
        lines.append(
            f"{row['format']:12}{row['bits_per_weight']:11.3f}"
            f"{row['weights_db']:13.2f} ({row['weights_worst_db']:5.2f})"
            f"{row['outputs_db']:13.2f} ({row['outputs_worst_db']:5.2f}){row['cosine']:18.6f}"
        )
    return "\n".join(lines)


def speed_table(rows, baselines):
    lines = ["format         M    time us     GB/s   Gflop/s    share   against f32"]
    for name, one in [("f32", one) for one in baselines] + [(row["format"], one) for row in rows for one in row["speed"]]:
        base = next((base["time_us"] for base in baselines if base["m"] == one["m"]), None)
        share = "-" if one["share"] is None else f"{100 * one['share']:.0f} %"
        against = "-" if base is None else f"{base / one['time_us']:.2f} x"
        lines.append(
            f"{name:12}{one['m']:4}{one['time_us']:11.1f}{one['weight_gbs']:9.2f}{one['gflops']:10.2f}{share:>9}{against:>14}"
        )
    return "\n".join(lines)
