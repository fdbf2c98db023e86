# SPDX-License-Identifier: GPL-2.0-or-later
"""Pixels of the PNG files that a browser writes: 8 bits, RGB or RGBA, not interlaced."""
import struct
import zlib


def pixels(data):
    """Width, height, and the rows as bytes of three per pixel."""
    at, idat, head = 8, b"", None
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            head = struct.unpack(">IIBBBBB", data[at + 8:at + 21])
        elif kind == b"IDAT":
            idat += data[at + 8:at + 8 + size]
        at += size + 12
    width, height, depth, colour, _, _, interlaced = head
    if depth != 8 or colour not in (2, 6) or interlaced:
        raise ValueError(f"a PNG of another kind: {head}")
    n = 3 if colour == 2 else 4
    raw, prev, rows = zlib.decompress(idat), bytearray(width * n), []
    for y in range(height):
        kind = raw[y * (width * n + 1)]
        row = bytearray(raw[y * (width * n + 1) + 1:(y + 1) * (width * n + 1)])
        _unfilter(kind, row, prev, n)
        prev = row
        rows.append(bytes(row) if n == 3 else bytes(b for i, b in enumerate(row) if i % 4 != 3))
    return width, height, rows


def _unfilter(kind, row, prev, n):
    for i in range(len(row) if kind else 0):
        left = row[i - n] if i >= n else 0
        up, corner = prev[i], prev[i - n] if i >= n else 0
        if kind == 1:
            add = left
        elif kind == 2:
            add = up
        elif kind == 3:
            add = (left + up) // 2
        else:
            p = left + up - corner
            add = min((abs(p - left), 0, left), (abs(p - up), 1, up), (abs(p - corner), 2, corner))[2]
        row[i] = (row[i] + add) & 255


def near(rows, colour, within=60):
    """How many pixels are about of that colour."""
    found = 0
    for row in rows:
        for x in range(0, len(row), 3):
            if abs(row[x] - colour[0]) + abs(row[x + 1] - colour[1]) + abs(row[x + 2] - colour[2]) < within:
                found += 1
    return found
