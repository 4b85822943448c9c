#!/usr/bin/env python3
"""Writes manual pages and shell completions of the tools, from the tools' own tables of options.

    manuals.py FOLDER VERSION TOOL...      FOLDER gets man/man1, bash-completion/completions, zsh/site-functions and
                                           fish/vendor_completions.d, as they lie below share/

A tool describes itself when called with --describe (DescribeOptions.h). The tools around MLIR's drivers do not know that;
LLVM prints their table with --help. Standard library only.
"""

import dataclasses
import json
import pathlib
import re
import subprocess
import sys


@dataclasses.dataclass
class Option:
    names: list
    text: str
    value: str = ""  # what stands for the value in the manual; "" for options without one
    default: str = ""
    values: list = dataclasses.field(default_factory=list)  # all there are, where they are known

    def __post_init__(self):
        if not self.values and "|" in self.value:
            self.values = self.value.split("|")


@dataclasses.dataclass
class Command:
    name: str  # "" where a program has no commands
    summary: str
    usage: str
    about: str
    options: list


@dataclasses.dataclass
class Program:
    name: str
    about: str
    commands: list


# ---- reading the tables ----


def described(lines):
    """A program from the lines that --describe prints."""
    head, *rest = map(json.loads, lines)
    summaries = head["commands"] or [["", ""]]
    commands = [Command(name, summary, each["usage"], each["about"], [Option(**option) for option in each["options"]])
                for (name, summary), each in zip(summaries, rest, strict=True)]  # fmt: skip
    return Program(head["program"], head["about"], commands)


LLVM_OPTION = re.compile(r" +(?P<name>-{1,2}[\w.-]+)(?:\[?[ =](?P<value><.*?>\S*|[^ -]\S*))? +-(?: +(?P<text>.*))?$")


def from_llvm(name, text):
    """A program from what LLVM's option library prints for --help. Options of a pass stand below it, indented."""
    options = {}
    for line in text.splitlines():
        value = re.match(r" +=(\S+) +- ", line)
        found = LLVM_OPTION.match(line)
        if value and options:
            list(options.values())[-1].values.append(value[1])
        elif found:
            options.setdefault(found["name"], Option([found["name"]], found["text"] or "", (found["value"] or "").removesuffix("]")))
    overview = re.search(r"OVERVIEW: (.*)", text)[1]
    usage = re.search(r"USAGE: (.*)", text)[1].replace(" [options]", "")
    return Program(name, overview, [Command("", "", usage, "", list(options.values()))])


def read(tool):
    done = subprocess.run([tool, "--describe"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode == 0 and done.stdout.startswith("{"):
        return described(done.stdout.splitlines())
    helped = subprocess.run([tool, "--help"], capture_output=True, text=True, check=True)
    return from_llvm(pathlib.Path(tool).name, helped.stdout)


# ---- manual pages ----


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.splitlines())


def manual_option(option):
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in option.names)
    value = f" \\fI{roff(option.value)}\\fR" if option.value else ""
    text = option.text + (f"; default {option.default}" if option.default else "")
    values = f"\nOne of {', '.join(option.values)}." if option.values and "|" not in option.value else ""
    return f".TP\n{names}{value}\n{roff(text + values)}\n"


def manual(program, programs, version):
    text = f'.TH {program.name.upper()} 1 "" "quoin {version}" "Quoin"\n.SH NAME\n{program.name} \\- {roff(program.about)}\n'
    text += ".SH SYNOPSIS\n" + "".join(f".B {roff(command.usage)}\n[options]\n.br\n" for command in program.commands)
    if program.commands[0].name:
        text += ".SH COMMANDS\n"
    for command in program.commands:
        text += f".SS {command.name}\n{roff(command.summary)}.\n" if command.name else ".SH OPTIONS\n"
        text += f".PP\n{roff(command.about)}\n" if command.about else ""
        text += "".join(map(manual_option, command.options))
    others = ", ".join(f"\\fB{roff(other.name)}\\fR(1)" for other in programs if other is not program)
    return text + f".SH SEE ALSO\n{others}\n"


# ---- completions ----


def words(option):
    """The option as one types it: long names of options with a value end in "="."""
    return [name + "=" if option.value and name.startswith("--") else name for name in option.names]


def names_of(command):
    """What @NAME stands for among the command's plain words: "formats", "kernels" or ""."""
    return "formats" if "@NAME" in command.usage else "kernels" if "@KERNEL" in command.usage else ""


BASH = r"""# bash completion of PROGRAM. Generated from its option tables by manuals.py.
# formats | kernels: what there is, with @ before it; the file that declares them may be among the words. Names that are
# more than plain words are left out, since bash would expand what a text of somebody else's says.
_NAME_names() {
  local file= word name
  case $1 in
    formats)
      for word in "${@:2}"; do [[ $word == *.mlir && -r $word ]] && file=$word; done
      quoin-format list ${file:+"$file"} 2>/dev/null | while read -r name word; do
        [[ $name == format || $name == *[^A-Za-z0-9_.-]* ]] || printf '@%s\n' "$name"
      done ;;
    kernels)
      for word in "${@:2}"; do [[ $word == *.quoin && -r $word ]] && file=$word; done
      [[ $file ]] && quoin-run list "$file" 2>/dev/null | while IFS= read -r name; do
        [[ $name == *[^A-Za-z0-9_.-]* ]] || printf '@%s\n' "$name"
      done ;;
  esac
}

_NAME() {
  local line=${COMP_LINE:0:COMP_POINT} word previous command= options= names= value= choices=
  local -a before
  word=${line##*[[:space:]]}
  read -ra before <<<"${line%"$word"}"
  previous=${before[-1]}
COMMANDS
  if [[ $word == --*=* ]]; then
    value="$command ${word%%=*}" word=${word#*=}
  elif [[ $previous == -* && $previous != *=* ]]; then
    value="$command $previous"
  fi
  case $value in
VALUES
    *)
      value=
      if [[ $word == -* ]]; then
        choices=$options
      elif [[ $word == @* || ( ! $word && $names ) ]]; then
        choices=$(_NAME_names "$names" "${before[@]:1}")
      fi ;;
  esac
  COMPREPLY=($(compgen -W "$choices" -- "$word"))
  [[ ${#COMPREPLY[@]} -gt 0 || $word == -* ]] || compopt -o default
  [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}
complete -F _NAME PROGRAM
"""


def bash(program):
    function = "_" + program.name.replace("-", "_")
    cases, values = [], {}
    for command in program.commands:
        all_words = " ".join(word for option in command.options for word in words(option))
        cases.append((command.name, f"options='{all_words}' names={names_of(command)}"))
        for option in command.options:
            if not option.value:
                continue
            choice = "choices=$(%s_names formats \"${before[@]:1}\")" % function if option.value == "@NAME" else f"choices='{' '.join(option.values)}'"
            for name in option.names:
                values.setdefault(choice, []).append(f'"{command.name} {name}"')
    if program.commands[0].name:
        known = " ".join(command.name for command in program.commands)
        block = f"  if [[ ${{#before[@]}} -eq 1 ]]; then\n    COMPREPLY=($(compgen -W '{known} --help --version' -- \"$word\"))\n    return\n  fi\n"
        block += "  command=${before[1]}\n  case $command in\n" + "".join(f"    {name}) {case} ;;\n" for name, case in cases) + "  esac"
    else:
        block = "  " + cases[0][1]
    choice_lines = "\n".join(f"    {'|'.join(keys)}) {choice} ;;" for choice, keys in values.items())
    return BASH.replace("COMMANDS", block).replace("VALUES", choice_lines).replace("_NAME", function).replace("PROGRAM", program.name)


def fish_quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish(program):
    """Completions for fish: commands and options with their texts; files where nothing better is known."""
    lines = [f"# fish completion of {program.name}. Generated from its option tables by manuals.py."]
    for command in program.commands:
        condition = f" -n {fish_quote('__fish_seen_subcommand_from ' + command.name)}" if command.name else ""
        if command.name:
            lines.append(f"complete -c {program.name} -n __fish_use_subcommand -f -a {command.name} -d {fish_quote(command.summary)}")
        for option in command.options:
            kinds = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" if len(name) == 2 else f" -o {name[1:]}" for name in option.names)
            value = (" -r" if option.value else "") + (f" -f -a {fish_quote(' '.join(option.values))}" if option.values else "")
            lines.append(f"complete -c {program.name}{condition}{kinds}{value} -d {fish_quote(option.text.splitlines()[0] if option.text else '')}")
    return "\n".join(lines) + "\n"


def zsh_option(option):
    text = re.sub(r"([\[\]:\\])", r"\\\1", option.text.splitlines()[0] if option.text else "")
    name = re.sub(r":", r"\\:", option.value)
    action = f"({' '.join(option.values)})" if option.values else "_files"
    specs = []
    for each in option.names:
        equals = ("=" if each.startswith("--") else "+") if option.value else ""
        value = f":{name}:{action}" if option.value else ""
        specs.append("'*" + f"{each}{equals}[{text}]{value}".replace("'", "'\\''") + "'")
    return " ".join(specs)


def zsh(program):
    text = f"#compdef {program.name}\n# zsh completion of {program.name}. Generated from its option tables by manuals.py.\n"
    if not program.commands[0].name:
        return text + "_arguments " + " \\\n  ".join([*map(zsh_option, program.commands[0].options), "'*:file:_files'"]) + "\n"
    entries = " ".join("'" + f"{command.name}:{command.summary}".replace("'", "'\\''") + "'" for command in program.commands)
    text += f"local -a commands=({entries})\nif (( CURRENT == 2 )); then\n  _describe command commands\n  return\nfi\n"
    text += "case $words[2] in\n"
    for command in program.commands:
        text += f"  {command.name})\n    _arguments " + " \\\n      ".join([*map(zsh_option, command.options), "'*:file:_files'"]) + " ;;\n"
    return text + "esac\n"


def main():
    folder, version, *tools = sys.argv[1:]
    programs = [read(tool) for tool in tools]
    for program in programs:
        for place, content in ((f"man/man1/{program.name}.1", manual(program, programs, version)),
                               (f"bash-completion/completions/{program.name}", bash(program)),
                               (f"zsh/site-functions/_{program.name}", zsh(program)),
                               (f"fish/vendor_completions.d/{program.name}.fish", fish(program))):  # fmt: skip
            path = pathlib.Path(folder, place)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)


if __name__ == "__main__":
    main()
