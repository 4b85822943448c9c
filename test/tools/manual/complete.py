"""complete.py FILE.bash "LINE"...: types each line and a tab into an interactive bash that has read the completions, and
prints what the line became. A real terminal, because readline and not bash decides which word is completed."""

import os
import pty
import re
import select
import sys
import time

files, lines = [word for word in sys.argv[1:] if os.path.exists(word)], [word for word in sys.argv[1:] if not os.path.exists(word)]
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(PS1="", TERM="dumb", INPUTRC="/dev/null")
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])


def read_until(mark, seconds=300):  # long with sanitizers, which list all formats in a minute
    """What bash writes up to `mark`."""
    text, end = "", time.monotonic() + seconds
    while mark not in text:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f"bash did not write {mark!r} but {text!r}")
        text += os.read(terminal, 4096).decode()
    return text


def send(text):
    os.write(terminal, text.encode())


send("bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; PS1=; stty cols 400; clear\n")
for file in files:
    send(f"source {file}\n")
send("echo rea''dy\n")
read_until("ready")
for line in lines:
    # What follows the tab waits until it is completed, then makes the line the argument of echo: Ctrl-A is its start.
    send(f"{line}\t\x01echo '<\x05>'\n")
    shown = read_until("'\r\n")
    print(re.findall(r"<(.*)>", read_until(">\r\n") if "\n<" not in shown else shown)[-1])
os.close(terminal)
