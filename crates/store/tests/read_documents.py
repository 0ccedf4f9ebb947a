#!/usr/bin/env python3
"""Reads a file of documents, written from DOC_STORE.md alone and in plain Python.

usage: read_documents.py documents.blocks [row or identity in hex ...]

Prints how many documents there are, then the lines of the rows asked for, and the rows of the identities.
Every checksum of what is read is compared. Exits with 1 and says what is wrong otherwise.
"""

import struct
import sys
import zlib

TABLE = [0]
for byte in range(1, 256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)

BLOCKS, BLOCK_TABLE, ROWS, IDENTITIES, SLOTS, CHECKS = range(1, 7)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def expect(holds, problem):
    if not holds:
        sys.exit(f"not a file of documents of version 1: {problem}")


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    expect(data[:16] == b"SEMSDOC\n\x01\0\0\0\x01\0\0\0", "magic, version or compression")
    expect(len(data) >= 4096 and struct.unpack_from("<I", data, 4092)[0] == crc32c(data[:4092]), "header page")
    length, count, check, rows = struct.unpack_from("<QIIQ", data, 16)
    expect(length == len(data), "length of the file")
    sections = {}
    for line in range(count):
        kind, _, start, size = struct.unpack_from("<IIQQ", data, 256 + 24 * line)
        sections[kind] = data[start : start + size]
    expect(crc32c(sections[CHECKS]) == check, "checks")
    checks = struct.iter_unpack("<I", sections[CHECKS])
    for kind in (BLOCK_TABLE, ROWS, IDENTITIES, SLOTS):
        for start in range(0, len(sections[kind]), 4096):
            expect((crc32c(sections[kind][start : start + 4096]),) == next(checks), f"a chunk of section {kind}")
    return rows, sections


def document(sections, row):
    start, packed, raw, check = struct.unpack_from("<QIII", sections[BLOCK_TABLE], 20 * (row // 16))
    block = sections[BLOCKS][start : start + packed]
    expect(crc32c(block) == check, f"the block of row {row}")
    lines = zlib.decompress(block, wbits=-15)
    expect(len(lines) == raw, f"the length of the block of row {row}")
    return lines.split(b"\n")[row % 16].decode()


def find(sections, identity):
    slots = len(sections[SLOTS]) // 8
    at = int.from_bytes(identity[:8], "little")
    for step in range(slots):
        tag, entry = struct.unpack_from("<4sI", sections[SLOTS], 8 * ((at + step) % slots))
        if entry == 0:
            return
        if tag == identity[8:12] and sections[IDENTITIES][24 * (entry - 1) :][:16] == identity:
            while entry:
                row, entry = struct.unpack_from("<II", sections[IDENTITIES], 24 * (entry - 1) + 16)
                yield row
            return


if __name__ == "__main__":
    rows, sections = read(sys.argv[1])
    print("documents", rows)
    for argument in sys.argv[2:]:
        if len(argument) == 32:
            print(*find(sections, bytes.fromhex(argument)))
        else:
            print(document(sections, int(argument)))
