"""The header of a safetensors file: which tensors it holds and where.

Eight bytes of little-endian length, that many bytes of JSON (name -> dtype, shape, data_offsets), then the data.
Offsets count from the end of the header. The format wants the tensors back to back, with no gap and no byte left over.
"""

import json
import math
import os
import struct
from collections import namedtuple

Tensor = namedtuple("Tensor", "name dtype shape start end")

WIDTH = {"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2}
WIDTH.update({"I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8})

# The limit the format's own reader has.
MAX_HEADER_BYTES = 100_000_000


class Damaged(Exception):
    """The file is not a whole safetensors file; the message says where it stops being one."""


def read_header(file):
    """Gives (tensors in the order of their data, metadata, offset of the data) of a file opened for reading bytes."""
    size = os.fstat(file.fileno()).st_size
    length = file.read(8)
    if len(length) < 8:
        raise Damaged(f"expected 8 bytes of header length, the file has {size} bytes")
    (header_bytes,) = struct.unpack("<Q", length)
    if header_bytes > min(size - 8, MAX_HEADER_BYTES):
        raise Damaged(f"the header claims {header_bytes} bytes, the file has {size}")
    try:
        header = json.loads(file.read(header_bytes))
        metadata = header.pop("__metadata__", {})
        tensors = [Tensor(name, t["dtype"], t["shape"], *t["data_offsets"]) for name, t in header.items()]
        tensors.sort(key=lambda t: (t.start, t.end))
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise Damaged(f"the header is not the expected JSON: {cause!r}") from cause

    data_start, expected = 8 + header_bytes, 0
    for tensor in tensors:
        if tensor.dtype not in WIDTH:
            raise Damaged(f"tensor {tensor.name} has the unknown dtype {tensor.dtype}")
        length = math.prod(tensor.shape) * WIDTH[tensor.dtype]
        if tensor.start != expected or tensor.end != expected + length:
            found = f"{tensor.start}..{tensor.end}"
            raise Damaged(f"tensor {tensor.name} lies at {found}, expected {expected}..{expected + length}")
        expected = tensor.end
    if data_start + expected != size:
        raise Damaged(f"the tensors end at byte {data_start + expected}, the file has {size}")
    return tensors, metadata, data_start


def header(tensors, metadata):
    """The bytes that stand before the data when these tensors follow each other; their old offsets do not matter."""
    entries, start = {"__metadata__": metadata} if metadata else {}, 0
    for tensor in tensors:
        end = start + tensor.end - tensor.start
        entries[tensor.name] = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(entries, separators=(",", ":")).encode()
    # Spaces up to a multiple of eight: a reader that maps the file finds every f32 aligned.
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text
