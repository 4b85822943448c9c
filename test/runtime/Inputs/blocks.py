"""Writes w.bin, x.bin and x.npy into the current folder: five rows of 64 weights in blocks of an f16 scale and 32 nibbles,
scale 1, where every code of block b of row r is 2 r + b; X picks column 40 with 127."""

import struct

ROWS, COLUMNS = 5, 64

with open("w.bin", "wb") as file:
    for record in range(ROWS * COLUMNS // 32):
        file.write(struct.pack("<e", 1.0) + bytes([record * 17]) * 16)
x = [127.0 if column == 40 else 0.0 for column in range(COLUMNS)]
data = struct.pack(f"<{COLUMNS}f", *x)
with open("x.bin", "wb") as file:
    file.write(data)
header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': (1, {COLUMNS}), }}"
header += " " * (128 - 10 - len(header) - 1) + "\n"
with open("x.npy", "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data)
