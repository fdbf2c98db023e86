# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures as lists of (time in ns, frame, length on the wire), and their parts.

Frames are Ethernet. What changes addresses, ports or names keeps the checksum as
it was: right, left to the hardware, or wrong.
"""
import lzma
import struct

ETHER = 1
ARP, IP4, IP6 = 0x0806, 0x0800, 0x86dd
ICMP, TCP, UDP, ICMP6, FRAGMENT = 1, 6, 17, 58, 44


def read(path):
    with lzma.open(path) as f:
        data = f.read()
    magic, = struct.unpack('<I', data[:4])
    scale = {0xa1b2c3d4: 1000, 0xa1b23c4d: 1}[magic]
    if struct.unpack('<I', data[20:24])[0] != ETHER:
        raise ValueError(f'{path}: not Ethernet')
    out, at = [], 24
    while at + 16 <= len(data):
        sec, frac, cap, wire = struct.unpack('<IIII', data[at:at + 16])
        out.append((sec * 10**9 + frac * scale, data[at + 16:at + 16 + cap], wire))
        at += 16 + cap
    return out


def write(path, frames, link=ETHER, order='<', nano=False):
    scale = 1 if nano else 1000
    with open(path, 'wb') as f:
        f.write(struct.pack(order + 'IHHiIII', 0xa1b23c4d if nano else 0xa1b2c3d4,
                            2, 4, 0, 0, 262144, link))
        for ts, frame, wire in frames:
            f.write(struct.pack(order + 'IIII', ts // 10**9, ts % 10**9 // scale,
                                len(frame), wire) + frame)


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + 'II', kind, len(body) + 12) + body + \
        struct.pack(order + 'I', len(body) + 12)


def write_ng(path, frames, link=ETHER, order='<'):
    """pcapng with ns; the packets of two interfaces that saw one half each."""
    iface = struct.pack(order + 'HHI', link, 0, 0) + \
        struct.pack(order + 'HHB3xHH', 9, 1, 9, 0, 0)
    with open(path, 'wb') as f:
        f.write(block(order, 0x0a0d0d0a, struct.pack(order + 'IHHq', 0x1a2b3c4d, 1, 0, -1)))
        f.write(block(order, 1, iface) * 2)
        for n, (ts, frame, wire) in enumerate(frames):
            f.write(block(order, 6, struct.pack(order + 'IIIII', n % 2, ts >> 32,
                                                ts & 0xffffffff, len(frame), wire) + frame))


def add16(data):
    data += bytes(len(data) % 2)
    return sum(struct.unpack(f'!{len(data) // 2}H', data))


def fold(n):
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return n


class Packet:
    """An IP packet in parts; bytes() puts them together again."""

    def __init__(self, frame):
        self.ether = frame[:14]
        self.version = 0
        kind, = struct.unpack('!H', frame[12:14])
        if kind == IP4 and len(frame) >= 34:
            self.parse4(frame[14:])
        elif kind == IP6 and len(frame) >= 54:
            self.parse6(frame[14:])
        self.rest = frame

    def parse4(self, b):
        head = (b[0] & 15) * 4
        total, = struct.unpack('!H', b[2:4])
        self.version, self.head = 4, b[:head]
        self.src, self.dst, self.proto, self.ttl = b[12:16], b[16:20], b[9], b[8]
        self.fragment = struct.unpack('!H', b[6:8])[0]
        self.load(b[head:total], bool(self.fragment & 0x1fff), bool(self.fragment & 0x3fff))

    def parse6(self, b):
        size, = struct.unpack('!H', b[4:6])
        self.version, self.head = 6, b[:40]
        self.src, self.dst, self.proto, self.ttl = b[8:24], b[24:40], b[6], b[7]
        self.fragment = 0
        self.load(b[40:40 + size], self.proto == FRAGMENT, self.proto == FRAGMENT)

    def load(self, b, later, part):
        self.payload = b
        self.ports = self.sum = None
        at = {UDP: 6, TCP: 16, ICMP: 2, ICMP6: 2}.get(self.proto)
        if later or at is None or len(b) < at + 2:
            return
        if self.proto in (UDP, TCP):
            self.ports = struct.unpack('!HH', b[:4])
        self.sum_at = at
        if not part:
            self.sum = self.sum_kind()

    def sum_kind(self):
        have, = struct.unpack('!H', self.payload[self.sum_at:self.sum_at + 2])
        return 'none' if self.proto == UDP and not have else \
            'good' if have == self.good_sum() else \
            'partial' if have == self.pseudo_sum() else 'bad'

    def pseudo_sum(self):
        if self.proto == ICMP:
            return 0
        return fold(add16(self.src) + add16(self.dst) + self.proto + len(self.payload))

    def good_sum(self):
        at = self.sum_at
        clear = self.payload[:at] + b'\0\0' + self.payload[at + 2:]
        n = ~fold(self.pseudo_sum() + add16(clear)) & 0xffff
        return n or 0xffff if self.proto in (UDP, ICMP6) else n

    def dns(self):
        """The DNS message of a UDP packet that is one whole; else None."""
        if not self.version or self.proto != UDP or self.ports is None or 53 not in self.ports:
            return None
        return self.payload[8:]

    def set_dns(self, message):
        self.payload = self.payload[:4] + struct.pack('!H', 8 + len(message)) + \
            self.payload[6:8] + message

    def set_ports(self, src, dst):
        self.ports = src, dst
        self.payload = struct.pack('!HH', src, dst) + self.payload[4:]

    def client(self):
        """(address, port) of who is not the server; None when it is no matter of DNS."""
        if not self.version or self.ports is None or 53 not in self.ports:
            return None
        return (self.src, self.ports[0]) if self.ports[1] == 53 else (self.dst, self.ports[1])

    def from_server(self):
        return bool(self.version) and self.ports is not None and self.ports[0] == 53

    def bytes(self):
        if not self.version:
            return self.rest
        body = self.payload
        if self.sum in ('good', 'partial', 'bad'):
            want = self.pseudo_sum() if self.sum == 'partial' else self.good_sum()
            want = (want ^ 0x5555) if self.sum == 'bad' else want
            body = body[:self.sum_at] + struct.pack('!H', want) + body[self.sum_at + 2:]
        if self.version == 6:
            head = self.head[:4] + struct.pack('!HBB', len(body), self.proto, self.ttl)
            return self.ether[:12] + struct.pack('!H', IP6) + head + self.src + self.dst + body
        head = self.head[:2] + struct.pack('!H', len(self.head) + len(body)) + self.head[4:8] + \
            bytes([self.ttl, self.proto, 0, 0]) + self.src + self.dst + self.head[20:]
        head = head[:10] + struct.pack('!H', ~fold(add16(head)) & 0xffff) + head[12:]
        return self.ether[:12] + struct.pack('!H', IP4) + head + body


def quoted(p):
    """Where an ICMP error of this packet quotes another; 0 = it does not."""
    if p.version == 4 and p.proto == ICMP and len(p.payload) >= 36:
        return 8 if p.payload[0] in (3, 11) else 0
    if p.version == 6 and p.proto == ICMP6 and len(p.payload) >= 56:
        return 8 if p.payload[0] in (1, 2, 3) else 0
    return 0
