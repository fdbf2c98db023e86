# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways in which a capture of the same fault, by somebody else, would differ.

Each takes (frames, truth, rng) and returns both anew, or None where it cannot be.
SAME hold what may not change the verdict at all; OTHER, what may make it weaker.
"""
import random
import struct

from packets import FRAGMENT, ICMP6, UDP, Packet, quoted

S = 10**9
LETTERS = bytes(range(97, 123))


def mapped(frames, change):
    """change(packet) on each; what it returns False for is left out."""
    out = []
    for ts, frame, wire in frames:
        p = Packet(frame)
        if change(p) is False:
            continue
        new = p.bytes()
        out.append((ts, new, wire + len(new) - len(frame)))
    return out


def onset(truth, frames):
    return int(truth['since'] * S) if truth.get('since') else frames[len(frames) // 2][0]


# Same packets, other wrapping.

def relink(head):
    def change(frames, truth, _):
        out = []
        for ts, f, wire in frames:
            new = head(f)
            if new is not None:
                out.append((ts, new, wire + len(new) - len(f)))
        return out, truth
    return change


def vlan(f):
    return f[:12] + b'\x81\x00\x20\x07' + f[12:]


def qinq(f):
    return f[:12] + b'\x88\xa8\x00\x63\x81\x00\x20\x07' + f[12:]


def sll(f):
    return b'\0\0\0\1\0\6' + f[6:12] + b'\0\0' + f[12:]


def sll2(f):
    return f[12:14] + b'\0\0\0\0\0\3\0\1\0\6' + f[6:12] + b'\0\0' + f[14:]


def raw(f):
    return f[14:] if f[12:14] in (b'\x08\0', b'\x86\xdd') else None


def reorder(frames, truth, rng):
    """Written by several CPUs: up to a millisecond out of order, time-stamps right."""
    keyed = sorted((ts + rng.randrange(S // 1000), i) for i, (ts, _, _) in enumerate(frames))
    return [frames[i] for _, i in keyed], truth


def later(frames, truth, _):
    """Another day."""
    by = 86400 * 977 * S + 123456
    moved = {k: truth[k] + by / S for k in ('since', 'first_failure', 'injected')
             if truth.get(k)}
    return [(ts + by, f, w) for ts, f, w in frames], dict(truth, **moved)


# The same fault in another network.

class Renumber:
    """Other addresses; what shares a prefix still does."""

    def __init__(self, rng):
        self.seed = rng.random()

    def octet(self, prefix, old):
        r = random.Random(f'{self.seed} {prefix.hex()}')
        to = list(range(256))
        if prefix:
            inner = to[1:255]
            r.shuffle(inner)
            to = [0] + inner + [255]
        else:
            first = [n for n in range(1, 224) if n != 127]
            r.shuffle(first)
            for n, m in zip([n for n in range(1, 224) if n != 127], first):
                to[n] = m
        return to[old]

    def four(self, a):
        return bytes(self.octet(a[:i], a[i]) for i in range(4))

    def six(self, a):
        if a[0] in (0xff, 0xfe) or not any(a[:8]):
            return a
        return a[:1] + bytes(self.octet(b'\6' + a[:i], a[i]) if i not in (15,) else a[i]
                             for i in range(1, 16))

    def addr(self, a):
        return self.four(a) if len(a) == 4 else self.six(a)

    def packet(self, p):
        if not p.version:
            return
        p.src, p.dst = self.addr(p.src), self.addr(p.dst)
        at = quoted(p)
        if at and p.version == 4:
            q = p.payload[at:]
            p.payload = p.payload[:at] + q[:12] + self.four(q[12:16]) + self.four(q[16:20]) + q[20:]
        elif at:
            q = p.payload[at:]
            p.payload = p.payload[:at] + q[:8] + self.six(q[8:24]) + self.six(q[24:40]) + q[40:]


def text_addr(fn, text):
    import ipaddress
    a = ipaddress.ip_address(text)
    return str(ipaddress.ip_address(fn(a.packed)))


def with_addresses(truth, fn):
    one = lambda a: text_addr(fn, a) if a else a
    return dict(truth, blamed_address=one(truth['blamed_address']),
                also_acceptable=[one(a) for a in truth['also_acceptable']],
                must_not_blame=[one(a) for a in truth['must_not_blame']])


def addresses(frames, truth, rng):
    new = Renumber(rng)
    return mapped(frames, new.packet), with_addresses(truth, new.addr)


def ports(frames, truth, rng):
    """Other source ports and ids: 1024 on, as some NATs give them."""
    seed = rng.randrange(1 << 16)

    def port(n):
        return n if n == 53 else 1024 + (n * 40503 + seed) % 64512

    def change(p):
        if p.client():
            p.set_ports(*(port(n) for n in p.ports))
        at = quoted(p)
        if at and p.version == 4 and len(p.payload) >= 36:
            q = struct.unpack('!HH', p.payload[28:32])
            p.payload = p.payload[:28] + struct.pack('!HH', *map(port, q)) + p.payload[32:]
        elif at and len(p.payload) >= 52:
            q = struct.unpack('!HH', p.payload[48:52])
            p.payload = p.payload[:48] + struct.pack('!HH', *map(port, q)) + p.payload[52:]
    return mapped(frames, change), truth


def spell(message, table):
    """Every label of a message in other letters, as far as it goes."""
    m, at = bytearray(message), 12
    counts = struct.unpack('!4H', message[4:12])

    def name(at, end):
        while at < end:
            n = m[at]
            if n == 0:
                return at + 1
            if n >= 0xc0:
                return at + 2
            m[at + 1:at + 1 + n] = m[at + 1:at + 1 + n].translate(table)
            at += n + 1
        raise IndexError

    try:
        for _ in range(counts[0]):
            at = name(at, len(m)) + 4
        for _ in range(sum(counts[1:])):
            at = name(at, len(m))
            kind, _, _, size = struct.unpack('!HHIH', m[at:at + 10])
            at += 10
            if kind in (2, 5, 12, 39, 47):
                name(at, at + size)
            elif kind == 15:
                name(at + 2, at + size)
            elif kind == 6:
                name(name(at, at + size), at + size)
            elif kind == 46:
                name(at + 18, at + size)
            at += size
    except (IndexError, struct.error):
        pass
    return bytes(m)


def names(frames, truth, rng):
    to = list(LETTERS)
    rng.shuffle(to)
    upper = bytes(to).upper()
    table = bytes.maketrans(LETTERS + LETTERS.upper(), bytes(to) + upper)

    def change(p):
        m = p.dns()
        if m and len(m) >= 12:
            whole = p.payload[:8]
            p.set_dns(spell(m, table))
            p.payload = whole + p.payload[8:]
    return mapped(frames, change), truth


ICMP4TO6 = {(3, 0): (1, 0), (3, 1): (1, 3), (3, 3): (1, 4), (3, 9): (1, 1), (3, 10): (1, 1),
            (3, 13): (1, 1), (3, 4): (2, 0), (11, 0): (3, 0), (11, 1): (3, 1), (3, 2): (4, 1)}


def six(a):
    """That IPv4 address in an IPv6 network: a /64 for each /24."""
    return b'\x20\x01\x0d\xb8' + a[:3] + b'\0' + b'\0' * 7 + a[3:]


def ipv6(frames, truth, _):
    """The same network with IPv6 alone."""
    out = []
    for ts, f, wire in frames:
        p = Packet(f)
        if p.version == 6:
            return None
        if p.version == 4:
            f = to_six(p)
            if f is None:
                continue
        out.append((ts, f, max(wire, len(f))))
    return out, with_addresses(truth, six)


def to_six(p):
    if p.proto == 1:
        kind = ICMP4TO6.get((p.payload[0], p.payload[1]))
        at = quoted(p)
        if not kind or not at:
            return None
        q = p.payload[at:]
        head = struct.pack('!IHBB', 0x60000000, max(0, struct.unpack('!H', q[2:4])[0] - 20),
                           q[9], q[8]) + six(q[12:16]) + six(q[16:20])
        p.payload = bytes(kind) + b'\0\0' + p.payload[4:8] + head + q[(q[0] & 15) * 4:]
        p.proto, p.sum_at, p.sum = ICMP6, 2, 'good'
    elif p.fragment & 0x3fff:
        ident = struct.unpack('!H', p.head[4:6])[0]
        p.payload = struct.pack('!BBHI', p.proto, 0, (p.fragment & 0x1fff) * 8 |
                                bool(p.fragment & 0x2000), ident) + p.payload
        p.proto, p.sum = FRAGMENT, None
    p.version, p.head = 6, struct.pack('!IHBB', 0x60000000, 0, 0, 0)
    p.src, p.dst = six(p.src), six(p.dst)
    if p.proto == UDP and p.sum == 'none':
        p.sum = 'good'
    return p.bytes()


def plain(frames, truth, _):
    """Nobody speaks EDNS: no OPT, and no extended errors."""
    def change(p):
        m = p.dns()
        if not m or len(m) < 12 or p.sum is None:
            return
        n, = struct.unpack('!H', m[10:12])
        at = opt_at(m)
        if n and at:
            p.set_dns(m[:10] + struct.pack('!H', n - 1) + m[12:at])
    return mapped(frames, change), truth


def opt_at(m):
    """Where the OPT record begins that a message ends with; 0 = there is none."""
    at = m.rfind(b'\0\0\x29', 12)
    while at > 0:
        if at + 11 <= len(m) and at + 11 + struct.unpack('!H', m[at + 9:at + 11])[0] == len(m):
            return at
        at = m.rfind(b'\0\0\x29', 12, at + 2)
    return 0


def pace(factor):
    """Nearer or farther hosts, busier or idler clients."""
    def change(frames, truth, _):
        first = frames[0][0]

        def at(ts):
            return first + int((ts - first) * factor)
        moved = {k: at(int(truth[k] * S)) / S for k in ('since', 'first_failure')
                 if truth.get(k)}
        return [(at(ts), f, w) for ts, f, w in frames], dict(truth, **moved)
    return change


# Less of it.

def window(before, after):
    """So many seconds before the onset, and after it; None = all."""
    def change(frames, truth, _):
        t = onset(truth, frames)
        low = t - before * S if before is not None else 0
        high = t + after * S if after is not None else 1 << 63
        out = [x for x in frames if low <= x[0] <= high]
        if len(out) < 20:
            return None
        since = truth.get('since')
        if since and out[0][0] / S > since:
            since = out[0][0] / S
        return out, dict(truth, since=since)
    return change


def clients(keep):
    def change(frames, truth, rng):
        seen = {}
        parsed = [Packet(f) for _, f, _ in frames]
        for p in parsed:
            c = p.client()
            if c:
                seen[c[0]] = seen.get(c[0], 0) + 1
        servers = {p.src for p in parsed if p.from_server()}
        order = [a for a in sorted(seen, key=lambda a: -seen[a]) if a not in servers]
        if len(order) < 2:
            return None
        chosen = set(order[:1] if keep == 1 else rng.sample(order, max(1, len(order) // 2)))
        dropped = set(order) - chosen
        return [x for x, p in zip(frames, parsed)
                if not p.version or not {p.src, p.dst} & dropped], truth
    return change


def lose(share, direction=None):
    """The capture missed packets: all, or one direction's."""
    def change(frames, truth, rng):
        def stays(f):
            if direction is not None and Packet(f).from_server() != direction:
                return True
            return rng.random() >= share
        return [x for x in frames if stays(x[1])], truth
    return change


def snap(size):
    def change(frames, truth, _):
        return [(ts, f[:size], w) for ts, f, w in frames], truth
    return change


def twice(frames, truth, _):
    """Seen going in and coming out, as with -i any or a mirror of both ports."""
    out = []
    for ts, f, wire in frames:
        out.append((ts, f, wire))
        p = Packet(f)
        if p.version and p.ttl > 1:
            p.ttl -= 1
            if p.version == 4:
                out.append((ts + 30000, p.bytes(), wire))
            else:
                out.append((ts + 30000, f, wire))
    return sorted(out, key=lambda x: x[0]), truth


def beside(healthy):
    """Another network, well, in the same capture."""
    def change(frames, truth, rng):
        other = mapped(healthy, Renumber(rng).packet)
        by = frames[0][0] - other[0][0]
        last = frames[-1][0]
        return sorted(frames + [(ts + by, f, w) for ts, f, w in other if ts + by <= last],
                      key=lambda x: x[0]), truth
    return change


SAME = {
    'vlan': (relink(vlan), 1), 'qinq': (relink(qinq), 1), 'sll': (relink(sll), 113),
    'sll2': (relink(sll2), 276), 'raw': (relink(raw), 101), 'later': (later, 1),
    'addresses': (addresses, 1), 'ports': (ports, 1),
    'names': (names, 1), 'twice': (twice, 1),
}
OTHER = {
    'ipv6': ipv6, 'plain': plain, 'reorder': reorder, 'faster': pace(0.6), 'slower': pace(1.7),
    'no-before': window(0, None), 'short-before': window(4, None),
    'short-after': window(None, 6), 'short-both': window(5, 8),
    'one-client': clients(1), 'half-clients': clients(2), 'lose-1': lose(0.01),
    'lose-answers': lose(0.01, True), 'lose-queries': lose(0.01, False),
    'lose-5': lose(0.05), 'snap-96': snap(96), 'snap-128': snap(128), 'snap-200': snap(200),
}
