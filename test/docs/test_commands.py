"""Runs the commands that the documents show, so that they cannot go stale.

Every ```sh block of a document is a test; they run in order, in one empty folder, with what is built installed at
$QUOIN, its tools on the PATH, and the tests' Python. Where a ```text block follows, its lines must occur in the output,
in order; "..." stands for anything. Blocks in other languages (```bash) are not run. QUOIN_BUILD: the build folder.
"""

import functools
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("QUOIN_BUILD", ROOT / "build")).resolve()
BLOCK = re.compile(r"^```sh\n(?P<commands>.*?)^```\n(?:\s*```text\n(?P<output>.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def blocks(text):
    """(line, commands, expected output or "") of every block to run."""
    return [(text.count("\n", 0, found.start()) + 1, found["commands"], found["output"] or "") for found in BLOCK.finditer(text)]


def missing_line(expected, output):
    """The first line of `expected` that `output` does not have after the lines before it; None when all are there."""
    lines = iter(output.splitlines())
    for line in filter(str.strip, expected.splitlines()):
        pattern = re.compile(r"\s*" + ".*".join(re.escape(part) for part in line.strip().split("...")) + r"\s*")
        if not any(pattern.fullmatch(candidate) for candidate in lines):
            return line
    return None


FEWEST = 10  # commands are too many, from nothing to the kernel of a format of one's own, called from C


def count_commands(text, heading):
    """How many commands the ```bash and ```sh blocks below a heading have; a here-document is part of its command."""
    text = re.split(r"^## ", text[text.index(heading) + 3 :], maxsplit=1, flags=re.MULTILINE)[0]
    text = re.sub(r"<<'END'\n.*?^END$", "", text, flags=re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```(?:ba)?sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return len([line for block in blocks for line in re.split(r"\n|&&|;", block) if line.strip()])


class Path(unittest.TestCase):
    def test_count_commands(self):
        here = "cat <<'END'\nx\nEND\nc\n"
        text = f"# A\n```sh\na\n```\n## B\n```bash\na && b\n```\n```sh\n{here}```\n## C\n```sh\nd\n```\n"
        self.assertEqual(count_commands(text, "## B"), 4)

    def test_is_short(self):
        count = count_commands((ROOT / "README.md").read_text(), "## A format of your own, called from C")
        self.assertLess(count, FEWEST)
        self.assertGreater(count, 4)


class Matching(unittest.TestCase):
    """The rules above, on small samples: these tests would notice a runner that accepts everything."""

    def test_blocks(self):
        found = blocks("a\n```sh\nls\n```\n\n```text\nx\n```\n```bash\nno\n```\n```sh\npwd\n```\n")
        self.assertEqual([(line, commands) for line, commands, _ in found], [(2, "ls\n"), (12, "pwd\n")])
        self.assertEqual([output for _, _, output in found], ["x\n", ""])

    def test_missing_line(self):
        self.assertIsNone(missing_line("a ... c\nd\n", "0\n  a b c\nx\nd\n"))
        self.assertEqual(missing_line("d\na\n", "a\nd\n"), "a")
        self.assertEqual(missing_line("a.c\n", "abc\n"), "a.c")


@functools.cache
def prefix():
    """Where this build is installed while the tests run."""
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    done = subprocess.run(["cmake", "--install", BUILD, "--prefix", folder.name], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout
    return folder.name


def document(path):
    """A test case with one test for each block of the document at `path`."""

    class Commands(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.folder = tempfile.TemporaryDirectory()
            cls.addClassCleanup(cls.folder.cleanup)
            path_list = [prefix() + "/bin", str(BUILD / "venv/bin"), os.environ.get("PATH", "")]
            cls.environment = dict(os.environ, PATH=os.pathsep.join(path_list), QUOIN=prefix(),
                                   PYTHONDONTWRITEBYTECODE="1")  # fmt: skip

    def test_of(commands, expected):
        def test(self):
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=self.folder.name, env=self.environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)  # fmt: skip
            self.assertEqual(done.returncode, 0, f"\n{commands}\n{done.stdout}")
            self.assertIsNone(missing_line(expected, done.stdout), f"not in the output of\n{commands}\n{done.stdout}")

        return test

    found = blocks(path.read_text())
    for number, (line, commands, expected) in enumerate(found, 1):
        setattr(Commands, f"test_{number:02}_line_{line}", test_of(commands, expected))
    Commands.__name__ = Commands.__qualname__ = str(path.relative_to(ROOT))
    return Commands


def load_tests(loader, _, __):
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in (Matching, Path))
    for path in [ROOT / "README.md", *sorted(ROOT.glob("examples/**/README.md"))]:
        suite.addTests(loader.loadTestsFromTestCase(document(path)))
    return suite


if __name__ == "__main__":
    unittest.main()
