#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: odd.py SEED ORDERLY.pcap DISTURBED.pcap
       odd.py -t SEED TUNNELLED.pcap

DNS messages, random but well formed, in every encapsulation that is odd: VLAN,
QinQ, PPPoE, IPv4 options, IPv6 extension headers, fragments, TCP in segments of
any size, several messages in one. In the second file some TCP segments come
again and some out of order; it has the same messages in the same order. What
each frame of the first is goes to stdout, one line per frame.

With -t such flows in tunnels, and some in none: MPLS, GRE, GRE that carries
Ethernet, VXLAN, GTP-U, IP in IP. Servers in tunnels are in 198.18.0.0/16 and
2002::/16, the others are not.
"""
import itertools
import random
import struct
import sys

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
TYPES = (1, 2, 5, 6, 12, 15, 16, 28, 33, 43, 46, 48, 64, 65, 255, 257, 65280)


def name_text(r):
    if r.random() < 0.03:
        return []
    return ["".join(r.choice(LETTERS) for _ in range(r.randint(1, 20)))
            for _ in range(r.randint(1, 5))]


def name_wire(labels):
    return b"".join(bytes([len(x)]) + x.encode() for x in labels) + b"\0"


def rdata(r, kind):
    if kind == 1:
        return r.randbytes(4)
    if kind == 28:
        return r.randbytes(16)
    if kind in (2, 5, 12):
        return name_wire(name_text(r)) if r.random() < 0.5 else b"\xc0\x0c"
    if kind == 15:
        return struct.pack(">H", 10) + b"\xc0\x0c"
    if kind == 16:
        text = r.randbytes(r.randint(0, 60))
        return bytes([len(text)]) + text
    return None


def record(r):
    kind = r.choice((1, 28, 2, 5, 12, 15, 16))
    data = rdata(r, kind)
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, r.randint(0, 86400), len(data)) + data


def message(r, answer, records=None):
    """A query, or an answer with some records in each section."""
    flags = r.choice((0x0100, 0x0000, 0x0110))
    counts = [0, 0, 0]
    if answer:
        flags |= 0x8000 | r.choice((0, 0, 0, 2, 3, 5)) | r.choice((0, 0x0080, 0x0480))
        counts = [records if records is not None else r.randint(0, 4),
                  r.randint(0, 2), r.randint(0, 2)]
    body = name_wire(name_text(r)) + struct.pack(">HH", r.choice(TYPES), 1)
    body += b"".join(record(r) for _ in range(sum(counts)))
    if r.random() < 0.6:
        body += b"\0" + struct.pack(">HHIH", 41, 1232, r.choice((0, 0x8000)), 0)
        counts[2] += 1
    return struct.pack(">HHHHHH", r.randint(0, 65535), flags, 1, *counts) + body


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Flow:
    """A client and a server, IPv4 or IPv6, and what is below them."""

    def __init__(self, r, v6):
        self.r, self.v6 = r, v6
        size = 16 if v6 else 4
        self.client = (b"\xfd" if v6 else b"\x0a") + r.randbytes(size - 1)
        self.server = (b"\x20\x01" if v6 else b"\xc6\x33") + r.randbytes(size - 2)
        self.port = r.randint(1024, 65535)
        self.ident = r.randint(0, 65535)
        self.link = r.choice(("plain", "vlan", "qinq", "pppoe", "vlan+pppoe"))
        self.extra = r.choice(("none", "options"))

    def ends(self, up):
        return (self.client, self.server) if up else (self.server, self.client)

    def pseudo(self, up, proto, length):
        src, dst = self.ends(up)
        return src + dst + struct.pack(">IHBB" if self.v6 else ">BBH", *(
            (length, 0, 0, proto) if self.v6 else (0, proto, length)))

    def udp(self, up, payload):
        ports = (self.port, 53) if up else (53, self.port)
        head = struct.pack(">HHH", *ports, len(payload) + 8)
        total = checksum(self.pseudo(up, 17, len(payload) + 8) + head + b"\0\0" + payload) or 0xffff
        return head + struct.pack(">H", total) + payload

    def tcp(self, up, seq, ack, flags, payload):
        ports = (self.port, 53) if up else (53, self.port)
        options = b"\x01\x01\x08\x0a" + self.r.randbytes(8) if self.extra == "options" else b""
        head = struct.pack(">HHIIBBH", *ports, seq & 0xffffffff, ack & 0xffffffff,
                           (20 + len(options)) // 4 << 4, flags, 65535)
        rest = b"\0\0" + options + payload
        total = checksum(self.pseudo(up, 6, len(head) + 2 + len(rest)) + head + b"\0\0" + rest)
        return head + struct.pack(">H", total) + rest

    def extensions(self, proto):
        """Headers before proto, and the first next-header number."""
        if self.extra == "none":
            return proto, b""
        pad = b"\x01\x04\0\0\0\0"
        chain = self.r.sample((0, 60, 43), self.r.randint(1, 3))
        chain.sort(key=lambda kind: kind != 0)     # hop-by-hop comes first
        out = b""
        for i, kind in enumerate(chain):
            following = chain[i + 1] if i + 1 < len(chain) else proto
            out += bytes([following, 0]) + (b"\0\0\0\0\0\0" if kind == 43 else pad)
        return chain[0], out

    def ip4(self, up, proto, payload, frag):
        options = b"\x94\x04\0\0\x01\x01\x01\0" if self.extra == "options" else b""
        head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0,
                           20 + len(options) + len(payload), self.ident, frag, 64, proto, 0)
        head += b"".join(self.ends(up)) + options
        return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload

    def ip6(self, up, proto, payload, frag):
        if frag is not None:
            payload = struct.pack(">BBHI", proto, 0, frag, self.ident) + payload
            proto = 44
        first, chain = self.extensions(proto)
        payload = chain + payload
        return struct.pack(">IHBB", 0x60000000, len(payload), first, 64) + \
            b"".join(self.ends(up)) + payload

    def frame(self, ip):
        return self.ethernet(0x86dd if self.v6 else 0x0800, ip)

    def ethernet(self, kind, data):
        """A frame of that type, or with PPPoE, which is of IP alone."""
        out = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
        if self.link == "qinq":
            out += struct.pack(">HH", 0x88a8, 100)
        if self.link in ("vlan", "qinq", "vlan+pppoe"):
            out += struct.pack(">HH", 0x8100, 200)
        if self.link.endswith("pppoe"):
            out += struct.pack(">HBBHHH", 0x8864, 0x11, 0, 7, len(data) + 2,
                               0x57 if kind == 0x86dd else 0x21)
        else:
            out += struct.pack(">H", kind)
        return out + data

    def whole(self, up, proto, payload):
        return self.frame(self.ip6(up, proto, payload, None) if self.v6
                          else self.ip4(up, proto, payload, 0x4000))

    def fragments(self, up, proto, payload):
        """The payload in pieces of a multiple of 8 bytes."""
        self.ident = (self.ident + 1) & 0xffff
        size = 8 * self.r.randint(40, 80)
        for at in range(0, len(payload), size):
            more = at + size < len(payload)
            piece = payload[at:at + size]
            if self.v6:
                yield self.frame(self.ip6(up, proto, piece, at | more))
            else:
                yield self.frame(self.ip4(up, proto, piece, at // 8 | (0x2000 if more else 0)))

    def name(self):
        return f"{'IPv6' if self.v6 else 'IPv4'} {self.link} {self.extra}"


class Tunnelled(Flow):
    """A flow whose packets are inside those of an outer one."""

    KINDS = ("MPLS", "GRE", "GRE with Ethernet", "VXLAN", "GTP-U", "IP in IP", "VXLAN in GRE")

    def __init__(self, r, v6):
        super().__init__(r, v6)
        self.server = (b"\x20\x02" if v6 else b"\xc6\x12") + self.server[2:]
        self.kind = r.choice(self.KINDS)
        self.outer = Flow(r, r.random() < 0.5)
        if self.kind == "MPLS":
            self.outer.link = r.choice(("plain", "vlan", "qinq"))

    def frame(self, ip):
        kind = 0x86dd if self.v6 else 0x0800
        if self.kind == "MPLS":
            return self.outer.ethernet(0x8847, self.labels() + ip)
        if self.kind == "IP in IP":
            return self.outer.whole(True, 41 if self.v6 else 4, ip)
        if self.kind == "GRE":
            return self.outer.whole(True, 47, self.gre(kind, ip))
        if self.kind == "GRE with Ethernet":
            return self.outer.whole(True, 47, self.gre(0x6558, super().frame(ip)))
        if self.kind == "GTP-U":
            return self.outer.whole(True, 17, self.datagram(2152, self.gtpu(ip)))
        data = self.datagram(4789, struct.pack(">II", 0x08000000, self.ident << 8) +
                             super().frame(ip))
        if self.kind == "VXLAN in GRE":
            between = Flow(self.r, self.r.random() < 0.5)
            make = between.ip6 if between.v6 else between.ip4
            return self.outer.whole(True, 47, self.gre(
                0x86dd if between.v6 else 0x0800, make(True, 17, data, None if between.v6 else 0)))
        return self.outer.whole(True, 17, data)

    def labels(self):
        n = self.r.randint(1, 3)
        return b"".join(
            struct.pack(">I", self.r.randint(16, 0xfffff) << 12 | (i == n - 1) << 8 | 64)
            for i in range(n))

    def gre(self, kind, data):
        """RFC 2784 and 2890: each of the checksum, the key and the number or not."""
        bits = self.r.choice((0, 0x8000)) | self.r.choice((0, 0x2000)) | self.r.choice((0, 0x1000))
        rest = self.r.randbytes(4 * ((bits >> 13 & 1) + (bits >> 12 & 1))) + data
        head = struct.pack(">HH", bits, kind)
        if bits & 0x8000:
            head += struct.pack(">HH", checksum(head + b"\0\0\0\0" + rest), 0)
        return head + rest

    def gtpu(self, ip):
        """3GPP TS 29.281: with a sequence number, an extension header, or neither."""
        bits = self.r.choice((0, 2, 4, 6))
        rest = b""
        if bits:
            rest = struct.pack(">HBB", self.ident if bits & 2 else 0, 0, 0x85 if bits & 4 else 0)
        if bits & 4:
            rest += b"\x01\x10\x00\x00"
        return struct.pack(">BBHI", 0x30 | bits, 0xff, len(rest) + len(ip), self.ident) + rest + ip

    def datagram(self, port, data):
        """UDP whose checksum is 0, as tunnels have it."""
        return struct.pack(">HHHH", self.outer.port, port, len(data) + 8, 0) + data

    def name(self):
        return f"{self.kind}: {super().name()}"


def udp_frames(r, flow):
    for up in (True, False):
        yield "UDP", flow.whole(up, 17, flow.udp(up, message(r, not up))), None


def fragment_frames(r, flow):
    yield "UDP", flow.whole(True, 17, flow.udp(True, message(r, False))), None
    big = flow.udp(False, message(r, True, records=40))
    for i, frame in enumerate(flow.fragments(False, 17, big)):
        yield f"fragment {i}", frame, None


def cut(r, data):
    """In segments of any size, a single byte too."""
    at = 0
    while at < len(data):
        size = r.choice((1, 2, 3, 20, 100, 536, 1400))
        yield at, data[at:at + size]
        at += size


def disturb(r, frames):
    """Some again, some in another order."""
    out = list(frames)
    for i in range(len(out) - 1):
        if r.random() < 0.15:
            out[i], out[i + 1] = out[i + 1], out[i]
    for i in range(len(out) - 1, -1, -1):
        if r.random() < 0.1:
            out.insert(i + 1, out[i])
    return out


def tcp_frames(r, flow):
    seq, ack = r.randrange(2 ** 32), r.randrange(2 ** 32)
    yield "SYN", flow.whole(True, 6, flow.tcp(True, seq, 0, 0x02, b"")), None
    yield "SYN+ACK", flow.whole(False, 6, flow.tcp(False, ack, seq + 1, 0x12, b"")), None
    yield "ACK", flow.whole(True, 6, flow.tcp(True, seq + 1, ack + 1, 0x10, b"")), None
    messages = [r.randint(1, 4), r.randint(1, 4)]
    for up in (True, False):
        start, other = (seq + 1, ack + 1) if up else (ack + 1, seq + 1)
        data = b""
        for _ in range(messages[not up]):
            msg = message(r, not up, records=None if up else r.randint(0, 30))
            data += struct.pack(">H", len(msg)) + msg
        for at, piece in cut(r, data):
            yield f"segment of {len(piece)}", flow.whole(
                up, 6, flow.tcp(up, start + at, other, 0x18, piece)), up


def frames_of(r, flows, kinds):
    """(what it is, the frame, whose segment it is or None)"""
    for n in range(flows):
        flow = kinds[n % len(kinds)](r, r.random() < 0.5)
        make = r.choice((udp_frames, udp_frames, fragment_frames, tcp_frames))
        for what, frame, side in make(r, flow):
            yield f"{flow.name()} {what}", frame, (n, side) if side is not None else None


def disturbed(r, frames):
    for side, group in itertools.groupby(frames, key=lambda f: f[2]):
        yield from disturb(r, group) if side else group


def write(path, frames):
    ts = 1700000000_000000
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for _, frame, _ in frames:
            ts += 1000
            f.write(struct.pack("<IIII", ts // 1000000, ts % 1000000, len(frame), len(frame)))
            f.write(frame)


def main():
    tunnels = sys.argv[1] == "-t"
    seed, orderly = sys.argv[1 + tunnels:3 + tunnels]
    r = random.Random(int(seed))
    if tunnels:
        frames = list(frames_of(r, 200, (Tunnelled, Tunnelled, Tunnelled, Tunnelled, Flow)))
    else:
        frames = list(frames_of(r, 400, (Flow,)))
        write(sys.argv[3], disturbed(r, frames))
    write(orderly, frames)
    for n, (what, _, _) in enumerate(frames, 1):
        print(n, what)


main()
