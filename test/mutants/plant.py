#!/usr/bin/env python3
"""Plants bugs: a copy of the source tree in which many small changes are switched by an environment variable.

    plant.py SOURCE COPY COUNT --build=BUILD [--seed=S] [--folders=FOLDER,...]

COPY becomes a source tree whose programs behave as written unless QUOIN_MUTANT=n is set: then the n-th of COUNT changes is
in force, a wrong operand, constant, comparison, operation or flag. COPY/mutants.json lists them. Changes are made to the
text; those that do not compile (by the commands of BUILD/compile_commands.json, a configured build of COPY) are taken out
again. Standard library only.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess

FOLDERS = ("lowering", "lowering/tile", "lowering/vector", "lowering/cpu", "runtime/spec")
# Texts and JSON carry no arithmetic; checks and builders only refuse.
LEFT_OUT = {"Strategy.cpp", "CheckSchedule.cpp", "Passes.cpp", "Pipelines.cpp", "JsonRead.cpp", "JsonWrite.cpp", "Print.cpp",
            "Ops.cpp", "Check.cpp", "CheckNode.cpp", "Format.cpp", "Scope.cpp", "NodeBuilder.cpp", "VerifyNoNarrowTypes.cpp",
            "ResolveWeights.cpp", "TileDialect.cpp"}
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
               "MulFOp": "AddFOp", "MaxSIOp": "MinSIOp", "MinSIOp": "MaxSIOp", "ExtSIOp": "ExtUIOp", "ExtUIOp": "ExtSIOp",
               "DivUIOp": "CeilDivUIOp", "CeilDivUIOp": "DivUIOp"}
SWAPPED_WORDS = {"CmpIPredicate::slt": "CmpIPredicate::sle", "CmpIPredicate::sge": "CmpIPredicate::sgt",
                 "CmpIPredicate::eq": "CmpIPredicate::sle", "CmpFPredicate::OGT": "CmpFPredicate::OGE",
                 "CmpFPredicate::OLT": "CmpFPredicate::OLE", "CmpFPredicate::OEQ": "CmpFPredicate::ONE",
                 "true": "false", "false": "true", "Rounding::NearestEven": "Rounding::NearestAway"}
SWAPPED_METHODS = {"add": "sub", "sub": "add", "mul": "add", "min": "add"}


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
        for match in re.finditer(r"\b(?:arith::)(\w+Op)::create\(", code):
            if other := SWAPPED_OPS.get(match.group(1)):
                yield at(match, f"quoin_mutants::Swap<{{n}}, arith::{match.group(1)}, arith::{other}>()(",
                         f"{match.group(1)} to {other}")
        for match in re.finditer(r"\bb\.(add|sub|mul|min)\(", code):
            was, other = match.group(1), SWAPPED_METHODS[match.group(1)]
            kind = "std::remove_reference_t<decltype(b)>"
            yield at(match, f"(b.*(quoin_mutants::on({{n}}) ? &{kind}::{other} : &{kind}::{was}))(", f"{was} to {other}")
        for was, other in SWAPPED_WORDS.items():
            for match in re.finditer(rf"(?<![\w:])(?:\w+::)?{was}\b(?!:)", code):
                if "::" in was or not re.search(r"\w::$", code[: match.start()]):
                    yield at(match, f"(quoin_mutants::on({{n}}) ? {match.group().replace(was, other)} : {match.group()})",
                             f"{was} to {other}")
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


def choose(source, folders, count, seed):
    """Changes spread over the files, several times as many as wanted: some will not compile."""
    generator, by_file = random.Random(seed), {}
    for folder in folders:
        for path in sorted((source / folder).glob("*.cpp")):
            if path.name in LEFT_OUT:
                continue
            found = list(changes_of(str(path.relative_to(source)), path.read_text()))
            generator.shuffle(found)
            lines, kept = set(), []
            for change in found:  # one a line, so that an error says which it was
                if change.line not in lines:
                    lines.add(change.line)
                    kept.append(change)
            by_file[change.file if found else str(path)] = kept
    share = max(1, 2 * count // max(len(by_file), 1))
    return {file: found[:share + 2] for file, found in by_file.items() if found}


def errors_in(command, directory, file):
    """Lines of `file` with errors."""
    words = [word for word in shlex.split(command) if word != "ccache"]
    words = ["clang++-22" if word.endswith(("c++", "g++")) else word for word in words]
    cut = words.index("-o")
    words = words[:cut] + words[cut + 2:] + ["-fsyntax-only", "-ferror-limit=0", "-w"]
    done = subprocess.run(words, cwd=directory, capture_output=True, text=True)
    lines = [int(line) for line in re.findall(rf"{re.escape(file)}:(\d+):\d+: (?:fatal )?error", done.stderr)]
    # Errors inside headers name the line they were asked for in a note.
    lines += [int(line) for line in re.findall(rf"{re.escape(file)}:(\d+):\d+: note: in instantiation", done.stderr)]
    return set(lines), done.returncode


def compiling(source, copy, file, changes, entry):
    """The changes of a file that compile."""
    text = (source / file).read_text()
    while changes:
        (copy / file).write_text(planted(text, list(enumerate(changes, 1))))
        lines, status = errors_in(entry["command"], entry["directory"], str(copy / file))
        if status == 0:
            return changes
        kept = [change for change in changes if change.line not in lines]
        changes = kept if len(kept) < len(changes) else []
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("copy", type=pathlib.Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a configured build of COPY")
    parser.add_argument("--folders", type=lambda text: text.split(","), default=FOLDERS)
    options = parser.parse_args()
    source, copy = options.source.resolve(), options.copy.resolve()
    shutil.copytree(source, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("build", ".git", "__pycache__"))
    (copy / "quoin_mutants.h").write_text(HEADER)
    entries = {entry["file"]: entry for entry in json.loads((options.build / "compile_commands.json").read_text())}
    chosen = choose(source, options.folders, options.count, options.seed)
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        jobs = {file: pool.submit(compiling, source, copy, file, changes, entries[str(copy / file)])
                for file, changes in chosen.items() if str(copy / file) in entries}
        good = {file: job.result() for file, job in jobs.items()}
    # In turn from each file, until there are enough.
    planned, turn = {file: [] for file in good}, 0
    numbered = []
    while len(numbered) < options.count and any(len(changes) > turn for changes in good.values()):
        for file, changes in good.items():
            if len(changes) > turn and len(numbered) < options.count:
                numbered.append(changes[turn])
                planned[file].append((len(numbered), changes[turn]))
        turn += 1
    for file, changes in planned.items():
        (copy / file).write_text(planted((source / file).read_text(), changes))
    listed = [{"number": number, "file": change.file, "line": change.line, "what": change.what,
               "text": (source / change.file).read_text().splitlines()[change.line - 1].strip()}
              for number, change in enumerate(numbered, 1)]
    (copy / "mutants.json").write_text(json.dumps(listed, indent=1) + "\n")
    print(f"{len(listed)} bugs planted in {len(planned)} files")


if __name__ == "__main__":
    main()
