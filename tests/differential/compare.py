#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: compare.py OURS TSHARK [FRAMES]

OURS is the output of dns_messages, TSHARK that of tshark -T fields with the same
fields, where those of several messages of a frame are joined with spaces. Each
frame must have the same messages in the same order. Prints what differs, with
the line of FRAMES on that frame, and ends with how many messages agree; exit 1
when any differs.
"""
import collections
import re
import sys

FIELDS = ("id", "qr", "rcode", "name", "type", "questions", "answers", "authority", "additional")


def read_ours(path):
    frames = collections.defaultdict(list)
    with open(path, encoding="utf-8") as f:
        for line in f:
            frame, *values = line.rstrip("\n").split("\t")
            frames[int(frame)].append(values)
    return frames


def text_of(name):
    """tshark's spelling of a name in ours; "?" of one that it could not read."""
    return "?" if name is None else "." if name == "<Root>" else name + "."


def messages_of(columns):
    """The messages of a frame. RCODE is of answers alone, name and type are of
    messages with a question."""
    ids, qrs, rcodes, names, types, *counts = [c.split(" ") if c else [] for c in columns]
    rcodes, names, types = iter(rcodes), iter(names), iter(types)
    for i, (ident, qr) in enumerate(zip(ids, qrs)):
        asks = int(counts[0][i]) > 0
        yield [ident, qr, next(rcodes) if qr == "1" else "0",
               text_of(next(names, None)) if asks else "-",
               str(int(next(types, 0))) if asks else "0"] + [c[i] for c in counts]


def read_tshark(path):
    frames = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            frame, *columns = line.rstrip("\n").split("\t")
            frames[int(frame)] = list(messages_of(columns))
    return frames


LETTERS = dict(zip(range(7, 14), "abtnvfr"))


def as_tshark(name):
    """A name of ours, with \\DDD for what is not printed (RFC 4343 section 2.1), as tshark
    has it: control characters as C has them, nothing of what is not ASCII; and what
    comes after a space is lost, which separates what it says."""
    def spell(m):
        if len(m[1]) == 1:
            return m[1]
        n = int(m[1])
        return " " if n == 32 else "\ufffd" if n > 127 else f"\\{LETTERS.get(n, f'{n:03o}')}"
    spelled = re.sub(r"\\(\d{3}|.)", spell, name)
    return spelled.split(" ")[0] + "." if " " in spelled else spelled


def differs(ours, theirs):
    """What is different about a message; None when nothing is. One that is no
    query and no answer has a reason, and only id and QR, to be compared."""
    if len(ours) == 3:
        return None if ours[:2] == theirs[:2] else f"{ours} against {theirs}"
    if ours[1] == "0":      # a query has no RCODE; tshark gives none
        ours = ours[:2] + ["0"] + ours[3:]
    if as_tshark(ours[3]) == theirs[3]:
        ours = ours[:3] + [theirs[3]] + ours[4:]
    wrong = [f"{f} {a} against {b}" for f, a, b in zip(FIELDS, ours, theirs) if a != b]
    return ", ".join(wrong) or None


def main():
    ours, theirs = read_ours(sys.argv[1]), read_tshark(sys.argv[2])
    frames = {}
    if len(sys.argv) > 3:
        with open(sys.argv[3], encoding="utf-8") as f:
            frames = {int(line.split()[0]): line.split(None, 1)[1].strip() for line in f}
    agree = bad = 0
    for n in sorted(set(ours) | set(theirs)):
        a, b = ours.get(n, []), theirs.get(n, [])
        said = [f"{len(a)} messages against {len(b)}"] if len(a) != len(b) else \
            [d for d in map(differs, a, b) if d]
        agree += len(a) if not said else 0
        bad += bool(said)
        for s in said:
            print(f"frame {n} ({frames.get(n, 'of the capture')}): {s}")
    print(f"{agree} messages agree")
    sys.exit(bad != 0)


main()
