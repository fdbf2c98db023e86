#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Netlink requests by the contract, nearly by it, and not at all.

usage: nlfuzz.py SPEC.yaml SECONDS SEED IFNAME...

The attributes are those of SPEC (YNL). Every request must be answered: by a
reply or an error of the system's, a refused one by the module with a sentence.
Taps of the interfaces come and go with the requests; there are 5000 or more.
Prints one line for each operation ("NAME sent N done N refused N"), then
"good|bad WHAT" lines.
"""
import collections
import errno
import random
import socket
import struct
import sys
import time

import yaml

NETLINK_GENERIC, SOL_NETLINK = 16, 270
F_REQUEST, F_ACK, F_DUMP = 1, 4, 0x300
NEST = 0x8000
LEAST = 5000	# requests, however slow the machine
WIDTH = {"u8": "=B", "u16": "=H", "u32": "=I", "u64": "=Q"}
EDGES = [0, 1, 2, 10, 50, 53, 100, 255, 256, 1000, 4096, 5000, 30000, 65535, 65536, 1 << 20,
         0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
# Sizes that a tap may have; more of them would only try the machine's memory.
SMALL = {"txn-max": [256, 1024], "servers-max": [1, 16], "ring-bytes": [65536]}


def pad(raw):
    return raw + bytes(-len(raw) % 4)


def attr(kind, data):
    return pad(struct.pack("=HH", (4 + len(data)) & 0xFFFF, kind & 0xFFFF) + data)


class Contract:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            spec = yaml.safe_load(f)
        self.family = spec["name"]
        self.sets = {}
        for one in spec["attribute-sets"]:
            number, self.sets[one["name"]] = 0, {}
            for a in one["attributes"]:
                number = a.get("value", number + 1)
                self.sets[one["name"]][a["name"]] = dict(a, number=number)
        self.ops, number = {}, 0
        for op in spec["operations"]["list"]:
            number = op.get("value", number + 1)
            if "do" in op or "dump" in op:
                self.ops[op["name"]] = dict(op, number=number)


class Maker:
    def __init__(self, contract, seed, ifnames):
        self.c, self.r, self.ifnames = contract, random.Random(seed), ifnames
        self.indexes = [socket.if_nametoindex(i) for i in ifnames]

    def number(self, a, level):
        if a["name"] == "ifindex" and self.r.random() < 0.9:
            return self.r.choice(self.indexes)
        if level == 0 and a["name"] in SMALL:
            return self.r.choice(SMALL[a["name"]])
        if level and a["name"] in SMALL:	# refused, whatever else is right
            return self.r.choice([0, 3, 257, 0xFFFFFFFF])
        if level == 0:
            return {"timeout-ms": 500, "overdue-ms": 100, "snaplen": 512, "flags": 0, "min": 5,
                    "slow-ms": 0, "window-s": 10, "degraded": 100, "failing": 500, "dead": 900,
                    }.get(a["name"], self.r.choice(EDGES[:8]))
        return self.r.choice(EDGES + [self.r.getrandbits(32)])

    def binary(self, a, level):
        name = a["name"]
        if name == "ports" and level == 0:
            return b"".join(struct.pack("=H", p) for p in self.r.sample([53, 5353, 853, 1053],
                                                                        self.r.randint(1, 4)))
        size = a.get("checks", {}).get("exact-len", 256 if name == "grant" else 64)
        if level:
            size = max(0, size + self.r.choice([-size, -1, 1, 16, 300]))
        if name == "addr" and level == 0:
            return bytes(10) + b"\xff\xff" + socket.inet_aton("192.0.2.2")
        if name == "grant" and size > 8:
            return b"StopgapG" + self.r.randbytes(size - 8)
        return self.r.randbytes(size)

    def value(self, a, level):
        kind = a["type"]
        if kind == "nest":
            return self.members(a["nested-attributes"], level)
        if kind in WIDTH:
            fmt = WIDTH[kind] if level < 2 else self.r.choice(list(WIDTH.values()))
            mask = (1 << 8 * struct.calcsize(fmt)) - 1
            return struct.pack(fmt, self.number(a, level) & mask)
        if kind == "string":
            text = self.r.choice(self.ifnames).encode() if self.r.random() < 0.8 else \
                self.r.choice([b"", b"nosuch0", b"x" * 15, b"x" * 16, b"x" * 300, b"\xff\0z"])
            return text + (b"\0" if level == 0 or self.r.random() < 0.5 else b"")
        return self.binary(a, level)

    def one(self, a, level):
        kind = a["number"] | (NEST if a["type"] == "nest" else 0)
        if level and self.r.random() < 0.1:
            kind ^= self.r.choice([NEST, 0x4000, 1, 0x1000])
        return attr(kind, self.value(a, level))

    def members(self, set_name, level):
        members = [a for a in self.c.sets[set_name].values() if a["type"] != "pad"]
        named = [a for a in members if a["name"] in ("ifname", "ifindex", "addr", "serial")]
        asked = [a for a in members if a not in named and
                 (level or a["name"] not in ("minor", "counters", "readers"))]
        chosen = self.r.sample(named, min(len(named), 1)) + \
            self.r.sample(asked, self.r.randint(0, min(4, len(asked))))
        # A small change somewhere, or one everywhere.
        bad = self.r.randrange(len(chosen)) if level == 1 and chosen else -1
        raw = [self.one(a, 1 if i == bad else 0 if level < 2 else 2)
               for i, a in enumerate(chosen)]
        if level and raw and self.r.random() < 0.1:
            raw.append(self.r.choice(raw))
        return b"".join(raw)

    def payload(self, op, level):
        if level == 3:
            return self.r.randbytes(self.r.choice([0, 1, 3, 4, 8, 64, 1000]))
        tops = self.c.sets["main"]
        shape = (op.get("do") or op.get("dump")).get("request", {}).get("attributes", [])
        if level == 0 and self.r.random() < 0.5:
            shape = shape[:1] if op["name"] != "threshold-set" else shape[:1] + shape[-1:]
        if level == 2:
            shape = self.r.sample(sorted(tops), self.r.randint(0, 4))
        raw = b"".join(self.one(tops[name], level) for name in shape)
        if level and raw and self.r.random() < 0.2:
            at = self.r.randrange(len(raw))
            raw = raw[:at] + self.r.randbytes(1) + raw[at + 1:]
        if level and self.r.random() < 0.1:
            raw = raw[:self.r.randrange(len(raw) + 1)]
        return raw


class Socket:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.bind((0, 0))
        self.sock.setsockopt(SOL_NETLINK, 11, 1)  # NETLINK_EXT_ACK
        self.sock.setsockopt(SOL_NETLINK, 12, 1)  # NETLINK_GET_STRICT_CHK
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.settimeout(60)
        self.seq = 0

    def find(self, name):
        raw = self.ask(16, 3, attr(2, name.encode() + b"\0"), F_ACK)[2]
        return struct.unpack("=H", raw[raw.index(struct.pack("=HH", 6, 1)) + 4:][:2])[0]

    def ask(self, family, cmd, payload, flags, version=1):
        """(errno, has a sentence, first reply)"""
        self.seq += 1
        self.sock.send(struct.pack("=IHHIIBBH", 20 + len(payload), family, F_REQUEST | flags,
                                   self.seq, 0, cmd, version, 0) + payload)
        first = b""
        while True:
            raw = self.sock.recv(1 << 18)
            while len(raw) >= 16:
                size, kind, got, seq, _ = struct.unpack("=IHHII", raw[:16])
                body, raw = raw[16:size], raw[(size + 3) & ~3:]
                if seq != self.seq:
                    continue
                if kind in (2, 3):
                    code = -struct.unpack("=i", body[:4])[0] if len(body) >= 4 else 0
                    return code, bool(got & 0x200), first
                first = first or body


def summary(sent, done, refused, mute, codes):
    for name in sorted(sent):
        print(f"{name} sent {sent[name]} done {done[name]} refused {refused[name]}")
    print("errors", " ".join(f"{errno.errorcode.get(c, c)}:{n}" for c, n in sorted(codes.items())))
    odd = sorted(c for c in codes if c not in errno.errorcode)
    print("bad" if odd else "good", "every error is one of the system's", odd or "")
    print("bad" if mute else "good", "every refusal says why", dict(mute) or "")


def main():
    spec, seconds, seed, ifnames = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    contract = Contract(spec)
    maker, r, nl = Maker(contract, seed, ifnames), random.Random(seed + 1), Socket()
    family = nl.find(contract.family)
    sent, done, refused = (collections.Counter() for _ in range(3))
    mute, codes = collections.Counter(), collections.Counter()
    ops, end = sorted(contract.ops), time.monotonic() + seconds
    while time.monotonic() < end or sum(sent.values()) < LEAST:
        name, level = r.choice(ops), r.choice([0, 0, 0, 1, 1, 1, 2, 2, 3])
        op = contract.ops[name]
        dump = "dump" in op and ("do" not in op or r.random() < 0.5)
        flags, version, cmd = F_DUMP if dump else F_ACK, 1, op["number"]
        if level == 3:
            flags ^= r.choice([0, 0, F_DUMP, 0x800])
            flags |= 0 if flags & F_DUMP else F_ACK
            version, cmd = r.choice([0, 1, 2, 255]), r.choice([cmd, cmd, 0, 15, 16, 17, 255])
        code, said, _ = nl.ask(family, cmd, maker.payload(op, level), flags, version)
        sent[name] += 1
        (refused if code else done)[name] += 1
        codes[code] += 1
        # What the kernel's own netlink refuses before us it may refuse mutely.
        if code and not said and level < 2 and code not in (errno.ENOMEM, errno.EMSGSIZE):
            mute[f"{name}:{errno.errorcode.get(code, code)}"] += 1
    codes.pop(0, None)
    summary(sent, done, refused, mute, codes)


if __name__ == "__main__":
    main()
