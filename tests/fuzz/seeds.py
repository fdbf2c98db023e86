#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: seeds.py DIR: first inputs for the harnesses, one folder each."""
import os
import struct
import sys


def name(text):
    out = b"".join(bytes([len(p)]) + p.encode() for p in text.split(".") if p)
    return out + b"\0"


def rr(owner, rtype, rdata, ttl=300, rclass=1):
    return owner + struct.pack(">HHIH", rtype, rclass, ttl, len(rdata)) + rdata


def dns(ident, flags, question=None, answer=(), authority=(), additional=()):
    head = struct.pack(">HHHHHH", ident, flags, 1 if question else 0,
                       len(answer), len(authority), len(additional))
    body = b""
    if question:
        body = name(question[0]) + struct.pack(">HH", question[1], 1)
    return head + body + b"".join(answer) + b"".join(authority) + b"".join(additional)


def opt(rcode_hi=0, options=b"", do=0x8000, size=1232):
    return rr(b"\0", 41, options, rcode_hi << 24 | do, size)


PTR = b"\xc0\x0c"
SOA = b"\3ns1" + PTR + b"\3adm" + PTR + struct.pack(">IIIII", 7, 1, 2, 3, 4)
EDE = struct.pack(">HHH", 15, 6, 22) + b"dead" + struct.pack(">HH", 3, 3) + b"ns1"
Q = ("www.Example.com", 1)
QUERY = dns(0x1234, 0x0100, Q)
MESSAGES = {
    "query": QUERY,
    "query-edns": dns(0x1234, 0x0120, Q, additional=[opt()]),
    "answer": dns(0x1234, 0x8180, Q, [rr(PTR, 5, b"\4host" + PTR), rr(b"\4host" + PTR, 1, b"\xc0\0\2\1")],
                  additional=[opt()]),
    "aaaa": dns(0x1234, 0x8180, Q, [rr(PTR, 28, bytes(16)), rr(PTR, 46, b"signature-bytes-here")]),
    "servfail": dns(0x1234, 0x8182, Q, additional=[opt(0, EDE)]),
    "badvers": dns(0x1234, 0x8180, Q, additional=[opt(1)]),
    "nxdomain": dns(0x1234, 0x8183, Q, authority=[rr(PTR, 6, SOA, 900)]),
    "mx": dns(0x1234, 0x8180, Q, [rr(PTR, 15, b"\0\x0a\4mail" + PTR), rr(PTR, 33, b"\0\1\0\2\0\x35\3sip" + PTR),
                                  rr(name("x.y"), 39, name("z")), rr(PTR, 2, b"\2ns" + PTR), rr(PTR, 6, SOA)]),
    "header-only": dns(0x1234, 0x8185),
    "notify": dns(0x1234, 0x2400, ("example.com", 6)),
    "two-questions": QUERY[:4] + b"\0\2" + QUERY[6:] + name("b.c") + b"\0\1\0\1",
    "tc": dns(0x1234, 0x8380, Q),
    "loop": dns(0x1234, 0x8180, Q, [rr(b"\xc0\x21", 5, b"\xc0\x21")]),
}

C4, S4 = bytes([10, 0, 0, 1]), bytes([192, 0, 2, 53])
C6, S6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "53")


def ip4(src, dst, proto, payload, frag=0x4000):
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, frag, 64, proto, 0) + src + dst + payload


def ip6(src, dst, proto, payload):
    return struct.pack(">IHBB", 0x60000000, len(payload), proto, 64) + src + dst + payload


def udp(sport, dport, payload):
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def tcp(sport, dport, seq, ack, flags, payload=b""):
    return struct.pack(">HHIIBBHI", sport, dport, seq, ack, 0x50, flags, 65535, 0) + payload


def ether(proto, payload):
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + struct.pack(">H", proto) + payload


def query(msg=QUERY):
    return ether(0x800, ip4(C4, S4, 17, udp(4000, 53, msg)))


def answer(msg):
    return ether(0x800, ip4(S4, C4, 17, udp(53, 4000, msg)))


def segment(to_server, seq, ack, flags, payload=b""):
    if to_server:
        return ether(0x86dd, ip6(C6, S6, 6, tcp(4001, 53, seq, ack, flags, payload)))
    return ether(0x86dd, ip6(S6, C6, 6, tcp(53, 4001, seq, ack, flags, payload)))


def icmp(quoted, code=3):
    return ether(0x800, ip4(S4, C4, 1, struct.pack(">BBHI", 3, code, 0, 0) + quoted))


def prefixed(msg):
    return struct.pack(">H", len(msg)) + msg


INNER = ip4(C4, S4, 17, udp(4000, 53, QUERY))
FRAMES = {
    "query": b"\0\0" + query(),
    "answer6": b"\0\0" + ether(0x86dd, ip6(S6, C6, 17, udp(53, 4000, MESSAGES["answer"]))),
    "raw": b"\1\0" + INNER,
    "sll": b"\2\0" + bytes(14) + b"\x08\0" + INNER,
    "sll2": b"\3\0" + b"\x08\0" + bytes(18) + INNER,
    "qinq": b"\0\0" + ether(0x88a8, b"\0\1\x81\0\0\2\x08\0" + INNER),
    "pppoe": b"\0\0" + ether(0x8864, b"\x11\0\0\1\0\0\0\x21" + INNER),
    "mpls": b"\4\0" + ether(0x8847, b"\0\1\1\x40" + INNER),
    "gre": b"\4\0" + ether(0x800, ip4(C4, S4, 47, b"\xb0\0\x08\0" + bytes(12) + INNER)),
    "vxlan": b"\4\0" + ether(0x800, ip4(C4, S4, 17, udp(9, 4789, b"\x08" + bytes(7) + ether(0x800, INNER)))),
    "gtpu": b"\4\0" + ether(0x800, ip4(C4, S4, 17, udp(2152, 2152, b"\x34\xff" + bytes(9) + b"\x85\1\0\0\0" + INNER))),
    "ipip": b"\4\0" + ether(0x800, ip4(C4, S4, 4, INNER)),
    "fragment": b"\0\0" + ether(0x800, ip4(C4, S4, 17, udp(53, 4000, bytes(64)), 0x2000)),
    "later-fragment": b"\0\0" + ether(0x800, ip4(C4, S4, 17, bytes(64), 0x0040)),
    "extensions": b"\0\0" + ether(0x86dd, ip6(C6, S6, 0, b"\x2c\0" + bytes(6) + b"\x3c\0\0\1" + bytes(4) +
                                              b"\x33\0" + bytes(6) + b"\x11\1" + bytes(10) + udp(4000, 53, QUERY))),
    "icmp": b"\0\0" + icmp(INNER),
    "icmp-cut": b"\0\0" + icmp(INNER[:28]),
    "icmp6": b"\0\0" + ether(0x86dd, ip6(S6, C6, 58, b"\1\4" + bytes(6) + ip6(C6, S6, 17, udp(4000, 53, QUERY)))),
    "icmp-tcp": b"\0\0" + icmp(ip4(C4, S4, 6, tcp(4000, 53, 1, 0, 2))),
    "tcp": b"\0\0" + segment(True, 1, 0, 2),
}


def row(*frames):
    """Frames of a track input; a frame may be (frame, time byte, bytes cut off)."""
    out = b""
    for f in frames:
        frame, time, cut = f if isinstance(f, tuple) else (f, 0x21, 0)
        out += struct.pack(">HBB", len(frame), time, cut) + frame
    return out


A = MESSAGES["answer"]
HELLO = [segment(True, 100, 0, 2), segment(False, 900, 101, 0x12), segment(True, 101, 901, 0x10)]
QT, AT = prefixed(QUERY), prefixed(A)
TRACKS = {
    "answered": row(query(), answer(A), answer(A)),
    "resend-late": row(query(), (query(), 0x65, 0), (answer(A), 0xe9, 0), answer(A)),
    "overdue": row(query(), (query(dns(9, 0x100, ("b", 28))), 0xe2, 0), (answer(A), 0xe1, 0)),
    "unmatched": row(answer(A), answer(MESSAGES["header-only"])),
    "header-only": row(query(), answer(MESSAGES["header-only"])),
    "icmp": row(query(), icmp(INNER[:28])),
    "icmp-id": row(query(), icmp(INNER)),
    "icmp-answer": row(query(), answer(A), ether(0x800, ip4(C4, S4, 1, b"\3\3" + bytes(6) +
                                                            ip4(S4, C4, 17, udp(53, 4000, A))[:28]))),
    "many": row(*[query(dns(i, 0x100, ("n%d.example" % i, 1))) for i in range(24)]),
    "cut": row((query()[:60], 1, 10), (answer(A)[:70], 1, 50)),
    "tcp": row(*HELLO, segment(True, 101, 901, 0x18, QT), segment(False, 901, 1, 0x18, AT),
               segment(False, 901 + len(AT), 1, 0x11)),
    "tcp-split": row(*HELLO, segment(True, 101, 901, 0x18, QT[:2]), segment(True, 103, 901, 0x18, QT[2:]),
                     segment(False, 901 + 30, 1, 0x10, AT[30:]), segment(False, 901, 1, 0x10, AT[:40])),
    "tcp-pipeline": row(*HELLO, segment(True, 101, 901, 0x18, QT + prefixed(dns(8, 0x100, ("b", 1))) + QT[:9]),
                        segment(False, 901, 1, 0x18, prefixed(dns(8, 0x8180, ("b", 1))) + AT)),
    "tcp-refused": row(HELLO[0], segment(False, 0, 101, 0x14)),
    "tcp-silent": row(HELLO[0], (HELLO[0], 0x61, 0), (query(), 0xe9, 0)),
    "tcp-reset": row(*HELLO, segment(True, 101, 901, 0x18, QT), segment(False, 901, 1, 0x14)),
    "tcp-joined": row(segment(True, 5000, 1, 0x18, QT), segment(False, 7000, 1, 0x18, AT)),
    "tcp-gap": row(*HELLO, segment(True, 300, 901, 0x18, QT), (segment(True, 500, 901, 0x18, QT), 0xe9, 0),
                   segment(True, 600000, 901, 0x18, QT)),
    "tcp-big": row(*HELLO, segment(False, 901, 1, 0x10, b"\x40\0" + bytes(1400)),
                   segment(False, 901 + 1402, 1, 0x10, bytes(1400)), segment(False, 9901, 1, 0x10, bytes(1400))),
    "tcp-empty": row(*HELLO, segment(True, 101, 901, 0x18, bytes(40))),
}

TXNS = {
    "mix": bytes([0, 1, 2, 1, 4, 1, 2, 1, 4, 1, 2, 1, 0, 2, 3, 1, 7, 0, 0, 80, 4, 2, 3, 1]),
    "fill": b"".join(bytes([0, i * 7 & 255, i, 1]) for i in range(60)),
    "long": b"".join(bytes([0x80, i, 62, 2]) for i in range(40)),
    "fail": bytes([0, 1, 2, 1, 0, 1, 3, 1, 6, 1, 0, 1, 0, 1, 9, 1, 14, 0, 0, 1, 3, 1, 0, 1]),
    "clock": bytes([0, 1, 2, 1, 0x7f, 0, 0, 255, 0, 1, 2, 1, 4, 1, 2, 1, 0x7f, 0, 0, 250, 0x7f, 0, 0, 250]),
}

# Answers to the question of reply_fuzz.c; in front how it was asked: the form, and the type at bit 2.
PLAIN, EDNS, OPCODE, NS, ZONE = 0, 1, 2, 4, 8
COOKIE = struct.pack(">HH", 10, 16) + b"cookie01" + b"server01"
NSID = struct.pack(">HH", 3, 4) + b"\xde\xad\xbe\xef"
NSN = b"\3ns1" + PTR
A4, A6 = rr(NSN, 1, b"\xc0\0\2\1"), rr(NSN, 28, bytes.fromhex("20010db8" + "00" * 11 + "35"))
RRSIG = rr(PTR, 46, struct.pack(">HBBIIIH", 6, 13, 2, 300, 2000000000, 1000000000, 4711) + name("example.com")
           + bytes(64))


def reply(how, flags, answers=(), authority=(), additional=(), qtype=1, text="www.Example"):
    return bytes([how]) + dns(0x1234, flags, (text, qtype), answers, authority, additional)


REPLIES = {
    "answer": reply(PLAIN, 0x8180, [rr(PTR, 1, b"\xc0\0\2\1"), rr(PTR, 1, b"\xc0\0\2\2")]),
    "aaaa": reply(EDNS | 12, 0x8180, [rr(PTR, 28, bytes(15) + b"\1")], additional=[opt()], qtype=28),
    "cname": reply(PLAIN, 0x8180, [rr(PTR, 5, b"\4host" + PTR), rr(b"\4host" + PTR, 1, b"\xc0\0\2\1")]),
    "soa-options": reply(EDNS | ZONE, 0x8400, [rr(PTR, 6, SOA), RRSIG], additional=[opt(0, COOKIE + NSID + EDE)],
                         qtype=6),
    "unknown-option": reply(EDNS | ZONE, 0x8400, [rr(PTR, 6, SOA)], additional=[opt(0, b"\0\x64\0\0")], qtype=6),
    "bad-cookie": reply(EDNS | ZONE, 0x8581, additional=[opt(1, COOKIE[:12])], qtype=6),
    "ede-none": reply(EDNS, 0x8182, additional=[opt(0, struct.pack(">HHH", 15, 5, 0xffff) + b"off")]),
    "opt-in-rdata": reply(EDNS, 0x8180, [rr(PTR, 2, NSN + opt(0, b"\0\x64\0\0"))], (), [A4]),
    "option-too-long": reply(EDNS, 0x8180, additional=[opt(0, NSID[:-1])]),
    "referral": reply(NS, 0x8100, (), [rr(PTR, 2, NSN), rr(PTR, 2, b"\3NS1" + PTR), rr(PTR, 2, b"\3ns2" + PTR)],
                      [A4, A6, A4], qtype=2),
    "nxdomain": reply(PLAIN, 0x8183, (), [rr(PTR, 6, SOA, 900)]),
    "other-case": reply(PLAIN, 0x8182, text="wWw.eXAMPLE"),
    "other-name": reply(PLAIN, 0x8180, text="ww2.Example"),
    "refused-bare": bytes([PLAIN]) + dns(0x1234, 0x8185),
    "badvers": reply(EDNS, 0x8100, additional=[opt(1)]),
    "truncated": reply(EDNS, 0x8380, additional=[opt()]),
    "opcode": bytes([OPCODE]) + dns(0x1234, 0xf804),
    "opcode-not": bytes([OPCODE]) + dns(0x1234, 0x8004),
    "short-rdata": reply(ZONE, 0x8400, [rr(PTR, 6, b"\0\0\0"), rr(PTR, 1, b"\1")], qtype=6),
    "half": reply(PLAIN, 0x8180, [rr(PTR, 1, b"\xc0\0\2\1")])[:-3],
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sets = {"wire": {k: b"\0" + v for k, v in MESSAGES.items()}, "frame": FRAMES, "track": TRACKS, "txn": TXNS,
            "reply": REPLIES}
    for folder, inputs in sets.items():
        path = os.path.join(sys.argv[1], folder)
        os.makedirs(path, exist_ok=True)
        for key, data in inputs.items():
            with open(os.path.join(path, key), "wb") as f:
                f.write(data)


main()
