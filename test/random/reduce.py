"""Makes a failing scheme smaller while it keeps failing in the same stage, and prints one command that shows it."""

import copy
import dataclasses
import pathlib
import re

import generate
from expression import Expr, lift
from run import try_seed


def kind_of(outcome):
    """What has to stay: the stage and the words of the message, but for numbers and quoted names."""
    return re.sub(r'"[^"]*"|[-\d.e+]+', "#", outcome.failure.splitlines()[0])[:60] if outcome.failure else ""


def smaller_expressions(expr):
    """Each expression that has one node's operand, or a literal, in place of the node."""
    for at, arg in enumerate(expr.args):
        for inner in smaller_expressions(arg):
            yield _with(expr, at, inner)
    if expr.op in ("int", "float", "name"):
        return
    yield from expr.args
    yield lift(1)
    yield lift(1.0)


def _with(expr, at, inner):
    copied = Expr(expr.op, *expr.args, data=expr.data)
    copied.args = (*expr.args[:at], inner, *expr.args[at + 1:])
    return copied


def smaller_schemes(scheme):
    """Schemes with something left out, large parts first."""
    def changed(**parts):
        return dataclasses.replace(copy.copy(scheme), **parts)

    for part in ("rules", "overlays", "permutes", "requires", "sizes"):
        if getattr(scheme, part):
            yield changed(**{part: []})
    if any(not stream.spare for stream in scheme.streams):
        yield changed(streams=[dataclasses.replace(stream, spare=True) for stream in scheme.streams])
    for part in ("fields", "streams", "tables", "rules"):
        items = getattr(scheme, part)
        for at in range(len(items)):
            yield changed(**{part: items[:at] + items[at + 1:]})
    for at, field in enumerate(scheme.fields):
        if len(field.slices) > 1 or field.bit:
            width = int(re.search(r"(\d+)$", field.type).group(1)) if field.type[:2] in ("ui", "si") else 0
            if width:
                plain = dataclasses.replace(field, slices=((width, field.slices[0][1]),), bit="")
                yield changed(fields=scheme.fields[:at] + [plain] + scheme.fields[at + 1:])
        for place, (width, offset) in enumerate(field.slices):
            for inner in smaller_expressions(lift(offset)):
                slices = (*field.slices[:place], (width, inner), *field.slices[place + 1:])
                changed_field = dataclasses.replace(field, slices=slices)
                yield changed(fields=scheme.fields[:at] + [changed_field] + scheme.fields[at + 1:])
    for inner in smaller_expressions(scheme.decode[1]):
        yield changed(decode=(scheme.decode[0], inner))


def main(bin_dir, seed, keep):
    scheme = generate.make(seed)
    wanted = kind_of(try_seed(bin_dir, seed, None, scheme))
    if not wanted:
        print(f"seed {seed} does not fail")
        return 1
    tried, again = set(), True
    while again:
        again = False
        for candidate in smaller_schemes(scheme):
            text = candidate.text()
            if text in tried or len(text) >= len(scheme.text()):
                continue
            tried.add(text)
            if kind_of(try_seed(bin_dir, seed, None, candidate)) == wanted:
                scheme, again = candidate, True
                break
    outcome = try_seed(bin_dir, seed, pathlib.Path(keep), scheme)
    print(scheme.text() + outcome.failure + "\n" + outcome.command)
    return 0
