#!/usr/bin/env python3
"""Reads an index file, written from FORMAT.md alone and in plain Python.

usage: read_index.py vectors.index [number ...]

Prints what the header says; with the numbers of a query, the three best rows.
Every checksum is compared. Exits with 1 and says what is wrong otherwise.
"""

import mmap
import struct
import sys

TABLE = [0]
for byte in range(1, 256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)

FIELDS = "rows dim element seconds seed bits stride degree upper_degree m ef_construction alpha error levels".split()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def expect(holds, problem):
    if not holds:
        sys.exit(f"not an index of version 2: {problem}")


def compare(data, block, checks, what):
    blocks = [data[start : start + block] for start in range(0, len(data), block)]
    expect([crc32c(part) for part in blocks] == list(checks[: len(blocks)]), f"a checksum of {what} does not hold")


def read(path):
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    expect(data[:16] == b"SEMSIDX\n\x02\0\0\0\x0d\x0c\x0b\x0a", "magic, version or byte order")
    expect(len(data) >= 4096 and struct.unpack_from("<I", data, 4092)[0] == crc32c(data[:4092]), "header page")
    length, count, roots_check = struct.unpack_from("<QII", data, 16)
    expect(length == len(data), "length of the file")
    header = dict(zip(FIELDS, struct.unpack_from("<QIIdQIIIIIIffI", data, 32)))
    lines = [struct.unpack_from("<IIQQIIQ", data, 256 + 40 * line) for line in range(count)]
    sections = {(kind, level): data[start : start + size] for kind, level, start, size, *_ in lines}
    roots, checks = (struct.unpack(f"<{len(sections[key]) // 4}I", sections[key]) for key in ((13, 0), (12, 0)))
    expect(crc32c(sections[13, 0]) == roots_check, "checks of checks")
    for kind, level, _, _, record, block, first in lines[:-1]:
        compare(sections[kind, level], record * block, roots if kind == 12 else checks[first:], f"section {kind}")
    return header, sections


def best(header, sections, query, k):
    numbers = header["rows"] * header["dim"]
    rows = struct.unpack(f"<{numbers}{'fe'[header['element'] - 1]}", sections[1, 0])
    scored = [(-sum(map(float.__mul__, rows[at : at + len(query)], query)), at) for at in range(0, numbers, len(query))]
    return [(at // len(query), -score) for score, at in sorted(scored)[:k]]


if __name__ == "__main__":
    header, sections = read(sys.argv[1])
    print(*(f"{name} {value}" for name, value in header.items()), "model", sections[11, 0].decode())
    if sys.argv[2:]:
        print(*(f"{row}:{score:.6f}" for row, score in best(header, sections, [float(x) for x in sys.argv[2:]], 3)))
