"""Changes one thing at a time in a bundle, puts the hash right, and sees what quoin-run makes of it in a child process.

    mutate.py BUNDLE --shape=M,N,K [--count=N] [--marks] [--show]

Each mutation changes a value of the manifest, removes or doubles one, or changes a byte of header, section table or marks.
Code is left alone: it is native code, and a changed byte of it does what it does. --marks also makes the marks anew, as one
would who forges a whole bundle. Ends with what became of them, and fails where a child crashed or gave wrong numbers.
"""

import argparse
import collections
import copy
import hashlib
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

HEADER = struct.Struct("<8sIIQQQII32s")
SECTION = struct.Struct("<IIQQ")
MARK, END = 32, struct.Struct("<II8s")


def dump(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Bundle:
    def __init__(self, data):
        header = HEADER.unpack_from(data)
        self.version, self.abi = header[1:3]
        self.manifest = json.loads(data[header[4]:header[4] + header[5]])
        self.images = []
        for i in range(header[6]):
            _, _, offset, size = SECTION.unpack_from(data, HEADER.size + SECTION.size * i)
            image = data[offset:offset + size]
            count = END.unpack_from(image, size - END.size)[0]
            code = size - END.size - MARK * count
            self.images.append((image[:code], image[code:-END.size]))

    def marks(self, manifest, section):
        def digest(value, *without):
            return hashlib.sha256(dump({key: item for key, item in value.items() if key not in without})).digest()

        marks = b""
        for kernel in manifest["kernels"]:
            for image in kernel["images"]:
                if image["section"] == section:
                    made_for = (digest(kernel, "images") + digest(manifest["formats"][kernel["format"]]) +
                                digest(image, "section", "entries"))
                    for entry, offset in sorted(image["entries"].items()):
                        marks += hashlib.sha256(made_for + entry.encode()).digest()[:24] + struct.pack("<Q", offset)
        return marks

    def write(self, manifest, forge_marks):
        text = dump(manifest)
        table_end = HEADER.size + SECTION.size * len(self.images)
        body, table = text, b""
        for i, (code, marks) in enumerate(self.images):
            if forge_marks:
                try:
                    marks = self.marks(manifest, i)
                except (KeyError, TypeError, AttributeError, struct.error):
                    pass  # what is no manifest has no marks
            body += b"\0" * (-(table_end + len(body)) % 64)
            image = code + marks + END.pack(len(marks) // MARK, 0, b"QUOINEND")
            table += SECTION.pack(1, 0, table_end + len(body), len(image))
            body += image
        size = table_end + len(body)
        header = HEADER.pack(b"QUOINBDL", self.version, self.abi, size, table_end, len(text), len(self.images), 0,
                             bytes(32))
        return rehashed(header + table + body)


def rehashed(data):
    data = data[:48] + bytes(32) + data[80:]
    return data[:48] + hashlib.sha256(data).digest() + data[80:]


def places(value, path=()):
    """Paths to everything in a manifest."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, path + (key,))


def changes(value):
    """Other values that might stand there."""
    if isinstance(value, bool):
        return [not value, 1]
    if isinstance(value, int):
        near = {value - 1, value + 1, value // 2, value * 2, 0, 1, -1, 16, 2**31 - 1, 2**63 - 1, -2**63}
        return sorted(near - {value}) + ["7"]
    if isinstance(value, str):
        return ["", value + "x", value[:-1], 5]
    if isinstance(value, list):
        return [value + value[:1], value[1:], value[::-1], []]
    return [{}, None]


def mutations(bundle, data, marks):
    for path in places(bundle.manifest):
        holder = bundle.manifest
        for key in path[:-1]:
            holder = holder[key]
        for new in changes(holder[path[-1]]) + ["remove"]:
            changed = copy.deepcopy(bundle.manifest)
            inner = changed
            for key in path[:-1]:
                inner = inner[key]
            if new == "remove":
                del inner[path[-1]]
            else:
                inner[path[-1]] = new
            if changed != bundle.manifest:
                yield "/".join(map(str, path)) + f" = {new!r}"[:60], lambda c=changed: bundle.write(c, marks)
    kept = [i for i in range(HEADER.size + SECTION.size * len(bundle.images)) if not 48 <= i < 80]
    end = len(data)
    for code, stored in reversed(bundle.images):
        kept += range(end - len(stored) - END.size, end)
        break  # the last image alone: where the others end depends on what is between them
    for at in kept:
        for flip in (1, 0x80, 0xff):
            yield (f"byte {at} ^ {flip}",
                   lambda a=at, f=flip: rehashed(data[:a] + bytes([data[a] ^ f]) + data[a + 1:]))


def outcome(path, shape):
    command = ["quoin-run", "check", path, f"--shape={shape}", "--threads=1"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return "hung", ""
    if done.returncode < 0 or done.returncode > 2:
        return "crashed", done.stderr
    if done.returncode == 0:
        return "accepted and right", ""
    wrong = "kernel is wrong" in done.stderr
    return ("accepted and wrong" if wrong else "refused"), done.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bundle", type=pathlib.Path)
    parser.add_argument("--shape", required=True)
    parser.add_argument("--count", type=int)
    parser.add_argument("--marks", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    data = options.bundle.read_bytes()
    bundle = Bundle(data)
    assert bundle.write(bundle.manifest, True) == bundle.write(bundle.manifest, False) == data, "the bundle is not understood"
    todo = list(mutations(bundle, data, options.marks))
    if options.count:
        todo = random.Random(1).sample(todo, options.count)
    tally = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "mutated.quoin"
        for what, write in todo:
            path.write_bytes(write())
            result, message = outcome(path, options.shape)
            tally[result] += 1
            if options.show or result not in ("refused", "accepted and right"):
                print(f"{result}: {what}: {message.strip()[:300]}")
    print(f"{len(todo)} mutations: " + ", ".join(f"{count} {result}" for result, count in sorted(tally.items())))
    sys.exit(1 if tally["crashed"] or tally["hung"] or tally["accepted and wrong"] else 0)


if __name__ == "__main__":
    main()
