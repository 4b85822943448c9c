#!/usr/bin/env python3
"""Plants bugs: a copy of the source tree in which many small changes are switched by an environment variable.

    plant.py SOURCE COPY COUNT --build=BUILD [--seed=S]

COPY becomes a source tree whose programs behave as written unless QUOIN_MUTANT=n is set: then the change numbered n is
in force, a wrong operand, order, constant, comparison, operation or flag. COPY/mutants.json lists them. Changes are made
to the text, in turn from each file, half as many again as COUNT; those that do not compile in BUILD, a configured build
of COPY, are taken out, and numbers stay. lit hands the variable on in COPY. Standard library only.
"""

import argparse
import dataclasses
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

FOLDERS = ("dialect/normal", "lowering", "lowering/tile", "lowering/vector", "lowering/cpu", "runtime/spec")
# What packs and multiplies at run time.
FILES = ("runtime/weights.cpp", "runtime/call.cpp", "runtime/kernel_sizes.cpp", "runtime/launch.cpp")
# Texts and JSON carry no arithmetic; checks and builders only refuse.
LEFT_OUT = {"Strategy.cpp", "CheckSchedule.cpp", "Pipelines.cpp", "JsonRead.cpp", "JsonWrite.cpp", "Print.cpp",
            "Ops.cpp", "Check.cpp", "CheckNode.cpp", "Format.cpp", "Scope.cpp", "NodeBuilder.cpp", "VerifyNoNarrowTypes.cpp",
            "ResolveWeights.cpp", "TileDialect.cpp", "Describe.cpp", "SourceLines.cpp"}
HEADER = """#pragma once
#include <cstdlib>
#include <type_traits>
#include <utility>
namespace mlir {
class Value;
}
namespace quoin_mutants {
inline bool on(int number) {
  static const int active = [] { const char *text = std::getenv("QUOIN_MUTANT"); return text ? std::atoi(text) : 0; }();
  return active == number;
}
/// One op in place of another.
template <int number, typename Was, typename Is, typename Value = mlir::Value> struct Swap {
  template <typename... Arguments> Value operator()(Arguments &&...arguments) const {
    if (on(number))
      return Is::create(std::forward<Arguments>(arguments)...);
    return Was::create(std::forward<Arguments>(arguments)...);
  }
};
}
"""
SWAPPED_OPS = {"AddIOp": "SubIOp", "SubIOp": "AddIOp", "MulIOp": "AddIOp", "AndIOp": "OrIOp", "OrIOp": "AndIOp",
               "ShLIOp": "ShRUIOp", "ShRUIOp": "ShRSIOp", "ShRSIOp": "ShRUIOp", "AddFOp": "SubFOp", "SubFOp": "AddFOp",
               "MulFOp": "AddFOp", "MaxSIOp": "MinSIOp", "MinSIOp": "MaxSIOp", "ExtSIOp": "ExtUIOp",
               "ExtUIOp": "ExtSIOp", "DivUIOp": "CeilDivUIOp", "CeilDivUIOp": "DivUIOp"}
SWAPPED_WORDS = {"CmpIPredicate::slt": "CmpIPredicate::sle", "CmpIPredicate::sge": "CmpIPredicate::sgt",
                 "CmpIPredicate::eq": "CmpIPredicate::sle", "CmpFPredicate::OGT": "CmpFPredicate::OGE",
                 "CmpFPredicate::OLT": "CmpFPredicate::OLE", "CmpFPredicate::OEQ": "CmpFPredicate::ONE",
                 "true": "false", "false": "true", "Rounding::NearestEven": "Rounding::NearestAway"}
SWAPPED_METHODS = {"add": "sub", "sub": "add", "mul": "add", "min": "add"}
COMMUTES = r"(?i)add|mul|min|max|and|or|gcd|lcm|zip|[!=]=|\bb, loc"


@dataclasses.dataclass
class Change:
    file: str
    line: int  # from 1
    start: int
    end: int
    pattern: str  # text with {n} for the mutant's number
    what: str


def code_part(line):
    """The line with strings and comments blanked out, of equal length; empty where nothing may change."""
    if re.match(r"\s*(#|//|/\*|\*|case |static_assert|template|using |namespace )", line) or "constexpr" in line:
        return ""
    line = re.sub(r'"(\\.|[^"\\])*"', lambda match: " " * len(match.group()), line)
    line = re.sub(r"'(\\.|[^'\\])'", lambda match: " " * len(match.group()), line)
    return line.split("//")[0]


def changes_of(file, text):
    for number, line in enumerate(text.splitlines(), 1):
        code = code_part(line)
        at = lambda match, pattern, what: Change(file, number, match.start(), match.end(), pattern, what)
        for match in re.finditer(r"(?<![\w.])(\d+)(?![\w.'])", code):
            value = int(match.group(1))
            if re.search(r"[<\[]\s*$", code[: match.start()]) or re.match(r"\s*[>\]]", code[match.end():]):
                continue
            yield at(match, f"(quoin_mutants::on({{n}}) ? {value + 1} : {value})", f"{value} to {value + 1}")
        for match in re.finditer(r" (<|<=|>|>=) (?=[\w(])", code):
            if "template" in code or re.search(r"for_each|operator", code):
                continue
            less, strict = "<" in match.group(1), "=" not in match.group(1)
            sign = "" if less == strict else "-"
            yield at(match, f"{match.group()}{sign}int(quoin_mutants::on({{n}})) + ", f"{match.group(1)} moved by one")
        for match in re.finditer(r"(?<=[\w)\]]) ([+-]) (?=[\w(])", code):
            pattern = f"{match.group()}(quoin_mutants::on({{n}}) ? -1 : 1) * "
            yield at(match, pattern, f"{match.group(1)} to {'-' if match.group(1) == '+' else '+'}")
        for match in re.finditer(r"(?<=[\w)]) (<<|>>) (?=[\w(])", "" if "emit" in code else code):
            yield at(match, f"{match.group()}int(quoin_mutants::on({{n}})) + ", f"{match.group(1)} by one more")
        for match in re.finditer(r"(?<=[\w)]) ([*/]) (?=[\w(])", code):
            sign = match.group(1)
            yield at(match, f"{match.group()}(quoin_mutants::on({{n}}) ? 2 : 1) {sign} ", f"{sign} by twice as much")
        for match in re.finditer(r"\b(?:arith::)(\w+Op)::create\(", code):
            if other := SWAPPED_OPS.get(match.group(1)):
                yield at(match, f"quoin_mutants::Swap<{{n}}, arith::{match.group(1)}, arith::{other}>()(",
                         f"{match.group(1)} to {other}")
        for match in re.finditer(r"\bb\.(add|sub|mul|min)\(", code):
            was, other = match.group(1), SWAPPED_METHODS[match.group(1)]
            kind = "std::remove_reference_t<decltype(b)>"
            method = f"(b.*(quoin_mutants::on({{n}}) ? &{kind}::{other} : &{kind}::{was}))("
            yield at(match, method, f"{was} to {other}")
        for match in re.finditer(r"(?<=[(\s])([a-z]\w*), ([a-z]\w*)(?=\))", code):
            first, second = match.groups()
            if first != second and not re.search(COMMUTES, code[: match.end()]):
                is_on = "quoin_mutants::on({n})"
                yield at(match, f"({is_on} ? {second} : {first}), ({is_on} ? {first} : {second})",
                         f"{first} and {second} exchanged")
        for was, other in SWAPPED_WORDS.items():
            for match in re.finditer(rf"(?<![\w:])(?:\w+::)?{was}\b(?!:)", code):
                if "::" in was or not re.search(r"\w::$", code[: match.start()]):
                    word = match.group()
                    yield at(match, f"(quoin_mutants::on({{n}}) ? {word.replace(was, other)} : {word})", f"{was} to {other}")
        for match in re.finditer(r"\bif \((?=[\w!(])", code):
            if "if (auto" not in code and ";" not in code[match.end():].split(")")[0]:
                yield at(match, "if (!quoin_mutants::on({n}) && ", "condition never")


def planted(text, changes):
    """The text with numbered changes, at most one a place."""
    lines = text.splitlines(keepends=True)
    for number, change in sorted(changes, key=lambda each: (each[1].line, each[1].start), reverse=True):
        line = lines[change.line - 1]
        lines[change.line - 1] = line[: change.start] + change.pattern.replace("{n}", str(number)) + line[change.end:]
    return '#include "quoin_mutants.h"\n#line 1\n' + "".join(lines)


def choose(source, count, seed):
    """Changes by number, in turn from each file, and more than wanted: some will not compile."""
    generator, by_file = random.Random(seed), []
    paths = [path for folder in FOLDERS for path in sorted((source / folder).glob("*.cpp"))]
    for path in [*(path for path in paths if path.name not in LEFT_OUT), *(source / file for file in FILES)]:
        kinds = {}
        for change in changes_of(str(path.relative_to(source)), path.read_text()):
            kinds.setdefault(re.sub(r"\d+|^\w+(?= and)", "", change.what), []).append(change)
        kinds = list(kinds.values())
        generator.shuffle(kinds)
        for kind in kinds:
            generator.shuffle(kind)
        found = [change for turn in itertools.zip_longest(*kinds) for change in turn if change]
        # One a line, so that an error says which it was.
        first = {}
        by_file.append([first.setdefault(change.line, change) for change in found if change.line not in first])
    turns = [change for turn in itertools.zip_longest(*by_file) for change in turn if change]
    return dict(enumerate(turns[: count * 3 // 2], 1))


def write_changed(path, data):
    """Writes a file unless it is so: what is built stays built."""
    if not path.exists() or path.read_bytes() != data:
        path.write_bytes(data)


def copy_tree(source, copy, planted_files):
    def copy_file(each, target):
        if str(pathlib.Path(target).relative_to(copy)) not in planted_files:
            write_changed(pathlib.Path(target), pathlib.Path(each).read_bytes())
            shutil.copymode(each, target)

    left_out = shutil.ignore_patterns("build", ".git", "__pycache__")
    shutil.copytree(source, copy, dirs_exist_ok=True, ignore=left_out, copy_function=copy_file)
    write_changed(copy / "quoin_mutants.h", HEADER.encode())
    with open(copy / "test/lit.cfg.py", "a") as config:
        config.write('config.environment["QUOIN_MUTANT"] = os.environ.get("QUOIN_MUTANT", "0")\n')


def plant(source, copy, file, chosen):
    changes = [(number, change) for number, change in chosen.items() if change.file == file]
    write_changed(copy / file, planted((source / file).read_text(), changes).encode())


def take_out_errors(source, copy, build, chosen):
    """Builds until the changes left compile."""
    entries = json.loads((build / "compile_commands.json").read_text())
    files = {change.file for change in chosen.values()}
    objects = [re.search(r" -o (\S+)", entry["command"]).group(1) for entry in entries
               if entry["file"] in {str(copy / file) for file in files}]
    for file in files:
        plant(source, copy, file, chosen)
    while True:
        command = ["ninja", f"-j{len(os.sched_getaffinity(0))}", "-C", build, "-k0", *objects]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            return
        # A compiler cache may say paths from the build folder on.
        names = "|".join(map(re.escape, files))
        error = rf"^\S*?({names}):(\d+):(?:\d+:)? +(?:error|required from here)"
        places = set(re.findall(error, done.stdout, re.MULTILINE))
        wrong = [number for number, change in chosen.items() if (change.file, str(change.line)) in places]
        if not wrong:
            sys.exit(done.stdout)
        for number in wrong:
            plant(source, copy, chosen.pop(number).file, chosen)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("copy", type=pathlib.Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a configured build of COPY")
    options = parser.parse_args()
    source, copy = options.source.resolve(), options.copy.resolve()
    chosen = choose(source, options.count, options.seed)
    copy_tree(source, copy, {change.file for change in chosen.values()})
    take_out_errors(source, copy, options.build.resolve(), chosen)
    listed = [{"number": number, "file": change.file, "line": change.line, "what": change.what,
               "text": (source / change.file).read_text().splitlines()[change.line - 1].strip()}
              for number, change in chosen.items()]
    (copy / "mutants.json").write_text(json.dumps(listed, indent=1) + "\n")
    print(f"{len(listed)} bugs planted in {len({change.file for change in chosen.values()})} files")


if __name__ == "__main__":
    main()
