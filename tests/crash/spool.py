"""Reads a spool file for check.py, from the layout in docs/internals/store.md ("The spool"): a second reading that shares no
code with the server."""
import hashlib
import os
import pathlib
import struct

HEADER_BYTES, SLOTS, RECORD_BYTES, ALIGN = 4096, (0, 2048), 56, 8
FILE_MAGIC, RECORD_MAGIC = b'MKSPOOL\n', 0x52534B4D


def read_header(data):
    """The newer of the whole slots: its salt and generation; None when there is none."""
    best = None
    for at in SLOTS:
        slot = data[at:at + 512]
        if slot[:8] != FILE_MAGIC or hashlib.blake2b(slot[:80], digest_size=16).digest() != slot[80:96]:
            continue
        generation, = struct.unpack_from('<Q', slot, 24)
        serial, = struct.unpack_from('<Q', slot, 72)
        if best is None or serial > best['serial']:
            best = {'serial': serial, 'generation': generation, 'salt': slot[56:72]}
    return best


def read_spool(path):
    """The whole records from the beginning on, as dicts of seq, at, type and data."""
    data = pathlib.Path(path).read_bytes() if os.path.exists(path) else b''
    header = read_header(data) if len(data) >= HEADER_BYTES else None
    found, at = [], HEADER_BYTES
    while header and at + RECORD_BYTES <= len(data):
        magic, n, generation, seq, at_ms, kind = struct.unpack_from('<IIQQqI', data, at)
        if magic != RECORD_MAGIC or generation != header['generation'] or at + RECORD_BYTES + n > len(data):
            break
        body = data[at + RECORD_BYTES:at + RECORD_BYTES + n]
        if hashlib.blake2b(data[at:at + 40] + body, key=header['salt'], digest_size=16).digest() != data[at + 40:at + 56]:
            break
        found.append({'seq': seq, 'at': at_ms, 'type': kind, 'data': body})
        at += (RECORD_BYTES + n + ALIGN - 1) // ALIGN * ALIGN
    return found


def leftovers(path):
    """Bytes behind the header that are not zero."""
    data = pathlib.Path(path).read_bytes()[HEADER_BYTES:] if os.path.exists(path) else b''
    return len(data) - data.count(0)
