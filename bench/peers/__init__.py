"""What all peers share. A peer is a module here with a class `Peer`:

- `Peer(threads)` loads its library, or raises `Missing` with what to install;
- `versions` says in a few words what was loaded;
- `cases()` lists what it can multiply with;
- `prepare(case, m, n, k, rotate)` gives a `Product` whose weights fill at least `rotate` bytes.
"""

import dataclasses
import itertools
import os
import statistics
import time

import numpy as np


# The rule of "quoin-run bench": with another one, a busy machine would favour one side.
REPEATS, REPEAT_SECONDS = 9, 0.06


class Missing(Exception):
    """The peer's package cannot be used here; the text says why, and how to get it."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One way of a peer to store weights and to multiply with them."""

    name: str  # in the peer's own words
    path: str = ""  # of several ways for the same name the fastest is taken
    against: str = ""  # Quoin's format of the same bits, empty where none is comparable


@dataclasses.dataclass
class Product:
    """Y = X * W^T ready to be called, with as many copies of W as calls."""

    calls: list
    stored_bytes: int  # of one copy of W
    result: object  # () -> float32 [M, N] of the latest call
    expected: object  # () -> float32 [rows, N], the first rows by float32 math on W as the peer decodes it
    keep: object = None  # what the calls need alive


def copies(stored_bytes, rotate):
    return max(1, -(-rotate // stored_bytes))


def random(*shape, seed):
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def error(product):
    """Relative error of the first copy's product, and of the last one's: what is timed is what is meant."""
    want, worst = product.expected(), 0.0
    for call in (product.calls[0], product.calls[-1]):
        call()
        got = product.result()[: len(want)]
        worst = max(worst, float(np.linalg.norm(got - want) / np.linalg.norm(want)))
    return worst


def time_us(product, repeats=REPEATS, seconds=REPEAT_SECONDS):
    """Duration of a call: the median over repeats, each the mean of calls on one copy of W after the other."""
    turn = itertools.cycle(product.calls)

    def mean(calls):
        start = time.perf_counter()
        for call in itertools.islice(turn, calls):
            call()
        return (time.perf_counter() - start) / calls

    calls = max(1, int(seconds / max(mean(2), 1e-7)))
    return 1e6 * statistics.median(mean(calls) for _ in range(repeats))


def pin(threads):
    """Keeps this process to as many CPUs as it may use threads: the first ones, as Quoin takes them."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def summary(rounds):
    """Median over the rounds' medians; every round follows the other contenders' rounds."""
    return statistics.median(rounds)


def fastest(rows):
    """Of rows that differ in their path only, the fastest; in the order of the first of each."""
    best = {}
    for row in rows:
        key = (row["peer"], row["name"], row["m"])
        if key not in best or row["time_us"] < best[key]["time_us"]:
            best[key] = row
    return list(best.values())


def with_rates(row):
    """Adds GB/s of stored bytes and Gop/s of 2 M N K (1 GB/s is 1000 bytes in a microsecond)."""
    time_us = row["time_us"]
    row["weight_gbs"] = row["stored_bytes"] / time_us / 1e3
    row["gops"] = 2 * row["m"] * row["n"] * row["k"] / time_us / 1e3
    return row


def with_ratios(rows):
    """Adds to every peer's row the time of Quoin's kernel of the comparable format over its own, None without one."""
    ours = {(row["name"], row["m"]): row["time_us"] for row in rows if row["peer"] == "quoin"}
    for row in rows:
        base = ours.get((row["against"], row["m"])) if row["peer"] != "quoin" else None
        row["ratio"] = None if base is None else base / row["time_us"]
    return rows


HEADING = (
    f"{'format':10}{'who':14}{'what':26}{'M':>5}{'time us':>12}{'GB/s':>8}{'Gop/s':>9}{'quoin/peer':>12}{'error %':>9}"
)


def line(row):
    ratio = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
    wrong = "-" if row["error"] is None else f"{100 * row['error']:.2f}"
    what = row["name"] + (f" ({row['path']})" if row["path"] else "")
    return (
        f"{row['against'] or '-':10}{row['peer']:14}{what:26}{row['m']:5}{row['time_us']:12.1f}"
        f"{row['weight_gbs']:8.2f}{row['gops']:9.1f}{ratio:>12}{wrong:>9}"
    )
