#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a drill's capture shows, before and after the injection.

look.py [--update] CAPTURE TRUTH [EXPRESSION...]
  prints one line per server and phase; exits 1 unless every EXPRESSION holds.
  --update writes the lines into the truth, and as first_failure the moment of
  the first question after the injection that got an error or nothing; of those over
  TCP where the truth's "felt" is "tcp", of those from ports not used before where it is
  "new"; and when A and B first contradicted each other where it is "other". In an
  EXPRESSION A0 and A1 are resolver A before and after, B0 and B1 likewise
  (with 6: over IPv6); each has q, un (unanswered, %), ok, nx, sf, ref, fe (% of
  the answers), p50, p99 (ms), tc, ra0, dup, syn, synack, rst, tcpans, ttl0, ttl1,
  a/aaaa/https/opt/plain/big/bigger/net("a.b.c") (each with q, un, ok, ...), ede, clients,
  spelled (answers whose name differs from the query's in upper and lower case). icmp maps
  "type/code address" to a count after the injection; stray counts answers
  that fit no query. zone("name", "A", 1) selects one zone.
"""

import json
import lzma
import struct
import sys
from collections import Counter, defaultdict
from ipaddress import ip_address


def frames(path):
    """(time, ethernet frame) of a pcap file."""
    op = lzma.open if path.endswith(".xz") else open
    with op(path, "rb") as f:
        head = f.read(24)
        order = "<" if head[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        while True:
            h = f.read(16)
            if len(h) < 16:
                return
            sec, usec, cap, _ = struct.unpack(order + "IIII", h)
            yield sec + usec / 1e6, f.read(cap)


def skip_name(m, at):
    while at < len(m) and m[at]:
        if m[at] >= 0xc0:
            return at + 2
        at += m[at] + 1
    return at + 1


def get_name(m, at):
    out = []
    while at < len(m) and m[at] and m[at] < 0xc0:
        out.append(m[at + 1:at + 1 + m[at]].decode("latin1"))
        at += m[at] + 1
    return ".".join(out)


def parse(m):
    """The few fields of a DNS message that look.py needs, or None."""
    if len(m) < 12:
        return None
    ident, flags, qd, an, ns, ar = struct.unpack("!6H", m[:12])
    d = {"id": ident, "qr": flags >> 15, "tc": flags >> 9 & 1, "ra": flags >> 7 & 1,
         "aa": flags >> 10 & 1, "rcode": flags & 15, "an": an, "qname": None, "qtype": None,
         "opt": False, "ede": [], "ttl": None, "len": len(m), "rdata": None}
    at = 12
    try:
        if qd:
            d["qname"] = get_name(m, at)
            at = skip_name(m, at)
            d["qtype"] = struct.unpack("!H", m[at:at + 2])[0]
            at += 4
        for i in range(an + ns + ar):
            at = skip_name(m, at)
            typ, _, ttl, n = struct.unpack("!HHIH", m[at:at + 10])
            at += 10
            if typ == 41:
                d["opt"] = True
                d["ede"] = edes(m[at:at + n])
            elif i < an and d["ttl"] is None:
                d["ttl"] = ttl
            if i < an and typ == 1 and n == 4:
                d["rdata"] = str(ip_address(m[at:at + 4]))
            at += n
    except struct.error:
        pass
    return d


def edes(rdata):
    out, at = [], 0
    while at + 4 <= len(rdata):
        code, n = struct.unpack("!HH", rdata[at:at + 4])
        if code == 15 and n >= 2:
            out.append(struct.unpack("!H", rdata[at + 4:at + 6])[0])
        at += 4 + n
    return out


class Side:
    """One server in one phase."""

    def __init__(self):
        self.tx = {}
        self.c = Counter()
        self.ede = Counter()

    def pick(self, test):
        s = Side()
        s.tx = {k: t for k, t in self.tx.items() if test(t)}
        return s

    def net(self, prefix):
        return self.pick(lambda t: t["client"].startswith(prefix + "."))

    def share(self, test):
        ans = [t for t in self.tx.values() if t["ans"]]
        return round(100 * sum(1 for t in ans if test(t["ans"])) / len(ans), 1) if ans else 0.0

    def rtt(self, q):
        r = sorted(t["rtt"] for t in self.tx.values() if t["ans"])
        return round(1000 * r[min(len(r) - 1, int(q * len(r)))], 1) if r else None

    def __getattr__(self, name):
        rc = {"ok": 0, "fe": 1, "sf": 2, "nx": 3, "ni": 4, "ref": 5}
        by = {"a": lambda t: t["q"]["qtype"] == 1, "aaaa": lambda t: t["q"]["qtype"] == 28,
              "opt": lambda t: t["q"]["opt"], "plain": lambda t: not t["q"]["opt"],
              "big": lambda t: (t["q"]["qname"] or "").lower().startswith(("big.", "mid."))}
        by["https"] = lambda t: t["q"]["qtype"] == 65
        by["bigger"] = lambda t: t["q"]["opt"] and (t["q"]["qname"] or "").startswith("big.")
        if name in rc:
            return self.share(lambda a: a["rcode"] == rc[name])
        if name in by:
            return self.pick(by[name])
        if name == "q":
            return len(self.tx)
        if name == "un":
            n = len(self.tx)
            return round(100 * sum(1 for t in self.tx.values() if not t["ans"]) / n, 1) if n else 0.0
        if name in ("p50", "p99", "p10"):
            return self.rtt(int(name[1:]) / 100)
        if name == "clients":
            return sorted({t["client"] for t in self.tx.values()})
        if name == "rdata":
            return Counter(t["ans"]["rdata"] for t in self.tx.values() if t["ans"])
        if name.startswith("_"):
            raise AttributeError(name)
        return self.c[name]

    def line(self):
        if not self.tx and not self.c:
            return "-"
        out = [f"q{self.q} un{self.un:g}%"]
        for n in ("ok", "nx", "sf", "ref", "fe"):
            if getattr(self, n):
                out.append(f"{n}{getattr(self, n):g}")
        out.append(f"p50={self.p50}/{self.p99}")
        for n in ("tc", "ra0", "ttl0", "spelled", "dup", "syn", "synack", "rst", "tcpans"):
            if self.c[n]:
                out.append(f"{n}={self.c[n]}")
        if self.ede:
            out.append("ede=" + ",".join(f"{k}:{v}" for k, v in sorted(self.ede.items())))
        return " ".join(out)


class Look:
    def __init__(self, capture, truth):
        self.since = truth["since"]
        self.servers = truth["servers"]
        self.sides = defaultdict(lambda: (Side(), Side()))
        self.icmp, self.stray = Counter(), Counter()
        self.frags, self.firsts = Counter(), {}
        self.last, self.ports, self.streams = {}, {}, {}
        self.total = 0
        for t, f in frames(capture):
            self.total += 1
            self.frame(t, f)

    def frame(self, t, f):
        if len(f) < 34:
            return
        kind = struct.unpack("!H", f[12:14])[0]
        if kind == 0x0800:
            n = (f[14] & 15) * 4
            proto, src, dst = f[23], str(ip_address(f[26:30])), str(ip_address(f[30:34]))
            frag = struct.unpack("!H", f[20:22])[0]
            if frag & 0x3fff:
                self.frags[int(t >= self.since)] += 1
            flow = (src, dst, f[18:20])
            if frag & 0x1fff:
                if not frag & 0x2000 and flow in self.firsts:
                    self.udp(t, *self.firsts.pop(flow), frag=False)
                return
            body = f[14 + n:14 + struct.unpack("!H", f[16:18])[0]]
        elif kind == 0x86dd:
            proto, body = f[20], f[54:]
            src, dst = str(ip_address(f[22:38])), str(ip_address(f[38:54]))
        else:
            return
        if proto == 17 and len(body) > 8:
            whole = kind != 0x0800 or not frag & 0x2000
            if not whole:
                self.firsts[flow] = (src, dst, body)
            self.udp(t, src, dst, body, frag=not whole)
        elif proto == 6 and len(body) >= 20:
            self.tcp(t, src, dst, body)
        elif proto in (1, 58) and t >= self.since and (proto == 1 and body[0] in (3, 11) or
                                                       proto == 58 and body[0] < 5):
            self.icmp[f"{body[0]}/{body[1]} {src}"] += 1

    def udp(self, t, src, dst, b, frag):
        sp, dp = struct.unpack("!HH", b[:4])
        d = parse(b[8:])
        if 53 not in (sp, dp) or not d:
            return
        if not d["qr"]:
            self.query(t, src, sp, dst, d)
        elif not frag:
            self.answer(t, src, dst, dp, d)

    def query(self, t, client, port, server, d):
        side = self.sides[server][t >= self.since]
        key = (client, port, server, d["id"])
        old = self.last.get(key)
        if old and old["q"]["qname"].lower() == d["qname"].lower():
            side.c["dup"] += 1
            return
        fresh = self.ports.setdefault((client, port, server), t) == t
        tx = {"t": t, "q": d, "ans": None, "rtt": None, "client": client, "side": side, "new": fresh}
        self.last[key] = tx
        side.tx[key] = tx

    def answer(self, t, server, client, port, d):
        tx = self.last.get((client, port, server, d["id"]))
        if not tx:
            self.stray[server] += 1
            return
        side = tx["side"]
        if tx["ans"]:
            side.c["dupans"] += 1
            return
        tx["ans"], tx["rtt"] = d, t - tx["t"]
        side.c["tc"] += d["tc"]
        side.c["ra0"] += not d["ra"]
        side.c["spelled"] += bool(d["qname"]) and d["qname"] != tx["q"]["qname"]
        side.c["aa"] += d["aa"]
        side.c["ttl1"] += d["ttl"] is not None and d["ttl"] <= 1
        side.c["ttl0"] += d["ttl"] is not None and d["ttl"] == 0
        for e in d["ede"]:
            side.ede[e] += 1

    def tcp(self, t, src, dst, b):
        sp, dp = struct.unpack("!HH", b[:4])
        flags, off = b[13], (b[12] >> 4) * 4
        server = dst if dp == 53 else src if sp == 53 else None
        if not server:
            return
        c = self.sides[server][t >= self.since].c
        if dp == 53 and flags & 0x12 == 2:
            c["syn"] += 1
            old = self.streams.get((src, sp, dst))
            if not old or old["ans"]:
                self.streams[src, sp, dst] = {"t": t, "ans": False}
        if sp == 53:
            if len(b) > off and (dst, dp, src) in self.streams:
                self.streams[dst, dp, src]["ans"] = True
            c["synack"] += flags & 0x12 == 0x12
            c["rst"] += bool(flags & 4)
            c["tcpans"] += len(b) > off + 14 and bool(b[off + 4] & 0x80)

    def zone(self, zone, server, phase):
        side = self.sides[self.role(server)][phase]
        return side.pick(lambda t: (t["q"]["qname"] or "").lower().endswith(zone))

    def role(self, name):
        want = f"resolver {name[0]}" if name[0] in "AB" else f"role {name}"
        six = name.endswith("6")
        for a, text in self.servers.items():
            if text.startswith(want) and (":" in a) == six:
                return a
        return name

    def names(self):
        out = {"icmp": self.icmp, "stray": self.stray, "zone": self.zone, "frags": self.frags,
               "total": self.total, "sides": self.sides}
        for r in ("A", "B"):
            for six in ("", "6"):
                for ph in (0, 1):
                    out[f"{r}{six}{ph}" if not six else f"{r}6_{ph}"] = \
                        self.sides[self.role(r + six)][ph]
        return out

    def lines(self):
        out = []
        for a in self.servers:
            if a in self.sides:
                s = self.sides[a]
                out.append(f"{a} ({self.servers[a]}): [{s[0].line()}] -> [{s[1].line()}]")
        for a in self.sides:
            if a not in self.servers and (self.sides[a][0].q + self.sides[a][1].q):
                s = self.sides[a]
                out.append(f"{a} (?): [{s[0].line()}] -> [{s[1].line()}]")
        if self.icmp:
            out.append("icmp after: " + ", ".join(f"{k}: {v}" for k, v in self.icmp.items()))
        if self.stray:
            out.append("stray answers: " + ", ".join(f"{k}: {v}" for k, v in self.stray.items()))
        if self.frags:
            out.append(f"fragments: {self.frags[0]} -> {self.frags[1]}")
        return out

    def first_failure(self, end, felt):
        """Queries of the last seconds may still be under way: they don't count."""
        if felt == "tcp":
            bad = [c["t"] for c in self.streams.values()
                   if self.since <= c["t"] < end - 5 and not c["ans"]]
        elif felt == "other":
            a, b = ({(t["q"]["qname"].lower(), t["t"], t["ans"]["rdata"])
                     for t in self.sides[self.role(r)][1].tx.values()
                     if t["ans"] and t["ans"]["rdata"]} for r in "AB")
            bad = [max(x[1], y[1]) for x in a for y in b if x[0] == y[0] and x[2] != y[2]]
        else:
            bad = [t["t"] for s in self.sides.values() for t in s[1].tx.values()
                   if (felt != "new" or t["new"]) and
                   (t["ans"]["rcode"] in (1, 2, 4, 5) if t["ans"] else t["t"] < end - 5)]
        return round(min(bad), 3) if bad else None


def main():
    args = sys.argv[1:]
    update = args[:1] == ["--update"]
    capture, path, *wanted = args[update:]
    truth = json.load(open(path))
    look = Look(capture, truth)
    lines = look.lines()
    print("\n".join(lines))
    if update:
        truth["observed"] = lines
        truth["first_failure"] = None if truth["healthy"] else \
            look.first_failure(truth["end"], truth.get("felt"))
        with open(path, "w") as f:
            json.dump(truth, f, indent=1)
    names = dict(look.names(), truth=truth, plan=truth.get("plan"),
                 __builtins__={f.__name__: f for f in (len, sum, any, all, max, min)})
    missed = [w for w in wanted if w and not eval(w, names)]
    for w in missed:
        print("look: not as expected: " + w)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
