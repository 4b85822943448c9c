"""options.py SHARE TOOL...: every option that a tool's help lists is in its manual page and in its completions.

Help texts are read here with a rule of their own, a word that begins with a dash where an option stands."""

import pathlib
import re
import subprocess
import sys

share, *tools = sys.argv[1:]
share = pathlib.Path(share)


def help_text(*command):
    return subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout


def options(text):
    """Options begin a line; Boost writes "-o [ --output ] FILE"."""
    found = set()
    for line in re.findall(r"^ +(-.*)", text, re.MULTILINE):
        found.update(re.match(r"(-[\w.-]+)(?: \[ (--[\w-]+) \])?", line).groups())
    return found - {None}


for tool in tools:
    text = help_text(tool)
    known = options(text)
    commands = re.findall(r"^  (\w+) +\S", text, re.MULTILINE) if "COMMAND" in text else []
    for command in commands:
        known |= options(help_text(tool, command))
    for place in (f"man/man1/{tool}.1", f"bash-completion/completions/{tool}", f"zsh/site-functions/_{tool}"):
        words = set(re.findall(r"-{1,2}[\w.][\w.-]*|\w+", (share / place).read_text().replace("\\-", "-")))
        if missing := (known | set(commands)) - words:
            sys.exit(f"{place} lacks {sorted(missing)}")
    print(tool, "has", len(known), "options and", len(commands), "commands")
