#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A second, independent client of the grant and detour part of the netlink API.

usage: detour.py make FILE [FIELD=VALUE...]   a grant, right unless a field is set otherwise
       detour.py add GRANT [SIGNATURE...]
       detour.py start|resume|extend SERIAL
       detour.py withdraw SERIAL [NOTICE_MS]
       detour.py revoke ID|SERIAL             64 or 32 hexadecimal digits
       detour.py list | trust                 one JSON object per line
       detour.py field SERIAL NAME            of that line of list
       detour.py watch SECONDS [COUNT]        notifications, as list
       detour.py cycle COUNT SERIAL           withdraw and resume so many times
       detour.py tap IFNAME OVERDUE_MS WINDOW_S  a tap, judging by so short a window
       detour.py clock +SECONDS|-SECONDS      move CLOCK_REALTIME

Fields of make: magic, version, purpose, size, serial (hex), issued, not_before,
not_after (s since 1970 or +N/-N from now), max_lease, flags, server, fallback,
clients (PREFIX/LEN), clients_len, protocols, when_state, when_ms, port, share, max_rate,
rollback, recover, extend, reserved0, role (NAME:N, several times), and byteN=VALUE for any byte of the whole.
A refusal prints "ERRNO-NAME: sentence" on stderr and exits 1.
"""
import errno
import json
import os
import socket
import struct
import sys
import time

NETLINK_GENERIC, SOL_NETLINK = 16, 270
CMD = {"trust": 9, "add": 10, "list": 11, "start": 12, "withdraw": 13, "resume": 14,
       "extend": 17, "revoke": 18}
CMD_TAP_ADD, CMD_THRESHOLD_SET = 1, 7
A_TAP, A_THRESHOLD, A_TRUST, A_DETOUR, A_GRANT, A_SIGNATURE = 1, 3, 4, 5, 6, 7
NEST = 0x8000
MAPPED = b"\0" * 10 + b"\xff\xff"
STATES = ["none", "armed", "active", "withdrawn", "ended"]
REASONS = ["none", "granted", "started", "condition", "withdrawn", "resumed", "expired",
           "netns", "unloaded", "rollback", "recovered", "notice", "extended", "ending",
           "revoked"]


def attr(kind, data):
    raw = struct.pack("=HH", 4 + len(data), kind) + data
    return raw + b"\0" * (-len(raw) % 4)


def attrs(raw):
    found = {}
    while len(raw) >= 4:
        size, kind = struct.unpack("=HH", raw[:4])
        if size < 4:
            break
        found.setdefault(kind & 0x3FFF, raw[4:size])
        raw = raw[(size + 3) & ~3:]
    return found


class Refused(Exception):
    pass


class Netlink:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.bind((0, 0))
        self.sock.setsockopt(SOL_NETLINK, 11, 1)  # NETLINK_EXT_ACK
        self.sock.setsockopt(SOL_NETLINK, 12, 1)  # NETLINK_GET_STRICT_CHK
        self.seq = 0
        body = self.call(16, 3, attr(2, b"stopgap\0"), 2)[0]  # CTRL_CMD_GETFAMILY
        family = attrs(body)
        self.family = struct.unpack("=H", family[1])[0]
        self.groups = {}
        for entry in attrs(family[7]).values():
            group = attrs(entry)
            self.groups[group[1].rstrip(b"\0").decode()] = struct.unpack("=I", group[2])[0]

    def messages(self):
        raw = self.sock.recv(1 << 20)
        while len(raw) >= 16:
            size, kind, flags, seq, _ = struct.unpack("=IHHII", raw[:16])
            yield kind, flags, seq, raw[16:size]
            raw = raw[(size + 3) & ~3:]

    def call(self, family, cmd, payload, version=1, dump=False):
        self.seq += 1
        flags = 1 | (0x300 if dump else 4)
        size = 20 + len(payload)
        self.sock.send(struct.pack("=IHHII", size, family, flags, self.seq, 0) +
                       struct.pack("=BBH", cmd, version, 0) + payload)
        got = []
        while True:
            for kind, flags, seq, body in self.messages():
                if seq != self.seq:
                    continue
                if kind == 3:
                    return got
                if kind == 2:
                    self.check(flags, body)
                    return got
                got.append(body[4:])

    @staticmethod
    def check(flags, body):
        code = -struct.unpack("=i", body[:4])[0]
        if not code:
            return
        size = struct.unpack("=I", body[4:8])[0]
        rest = body[20:] if flags & 0x100 else body[4 + size:]
        text = attrs(rest).get(1, b"").rstrip(b"\0").decode() if flags & 0x200 else ""
        raise Refused(f"{errno.errorcode.get(code, code)}: {text}")


def addr16(text):
    if ":" in text:
        return socket.inet_pton(socket.AF_INET6, text)
    return MAPPED + socket.inet_aton(text)


def addr_text(raw):
    if raw[:12] == MAPPED:
        return socket.inet_ntoa(raw[12:])
    return socket.inet_ntop(socket.AF_INET6, raw)


LAYOUT = [("magic", "8s"), ("version", "H"), ("purpose", "H"), ("size", "I"), ("serial", "16s"),
          ("issued", "Q"), ("not_before", "Q"), ("not_after", "Q"), ("max_lease", "I"),
          ("flags", "I"), ("server", "16s"), ("fallback", "16s"), ("clients", "16s"),
          ("clients_len", "B"), ("protocols", "B"), ("when_state", "B"), ("reserved0", "B"),
          ("when_ms", "I"), ("port", "H"), ("share", "H"), ("max_rate", "I"),
          ("rollback", "H"), ("recover", "H"), ("extend", "I"), ("roles", "64s"), ("reserved", "56s")]
FORMAT = "<" + "".join(f for _, f in LAYOUT)


def when(text, now):
    return now + int(text) if text[0] in "+-" else int(text)


def make(path, settings):
    now = int(time.time())
    f = {"magic": b"StopgapG", "version": 1, "purpose": 1, "size": 256,
         "serial": os.urandom(16), "issued": now - 5, "not_before": now - 5,
         "not_after": now + 3600, "max_lease": 600, "flags": 0,
         "server": addr16("198.51.100.2"), "fallback": addr16("198.51.100.3"),
         "clients": addr16("192.0.2.0"), "clients_len": 24, "protocols": 3, "when_state": 0,
         "reserved0": 0, "when_ms": 0, "port": 53, "share": 0, "max_rate": 0, "rollback": 0,
         "recover": 0, "extend": 0, "roles": b"", "reserved": b""}
    single = {}
    for setting in settings:
        name, value = setting.split("=", 1)
        if name.startswith("byte"):
            single[int(name[4:])] = int(value)
        elif name in ("server", "fallback"):
            f[name] = addr16(value)
        elif name == "clients":
            prefix, f["clients_len"] = value.split("/")
            f["clients"], f["clients_len"] = addr16(prefix), int(f["clients_len"])
        elif name in ("issued", "not_before", "not_after"):
            f[name] = when(value, now)
        elif name == "serial":
            f[name] = bytes.fromhex(value)
        elif name == "role":
            role, signers = value.split(":")
            f["roles"] += struct.pack("15sB", role.encode(), int(signers))
        elif name == "magic":
            f[name] = value.encode()
        elif name in f:
            f[name] = int(value)
        else:
            sys.exit(f"detour.py: unknown field '{name}'")
    raw = bytearray(struct.pack(FORMAT, *(f[n] for n, _ in LAYOUT)))
    for at, value in single.items():
        raw[at] = value
    with open(path, "wb") as out:
        out.write(raw)
    print(f["serial"].hex())


def signers(raw):
    """struct sgap_signer, one after the other."""
    return [{"id": raw[i:i + 32].hex(), "role": raw[i + 32:i + 48].rstrip(b"\0").decode()}
            for i in range(0, len(raw), 144)]


def lease(raw):
    a = attrs(attrs(raw)[A_DETOUR])
    g = dict(zip((n for n, _ in LAYOUT), struct.unpack(FORMAT, a[5])))
    u64 = {n: struct.unpack("=Q", a[k])[0]
           for n, k in (("started", 6), ("ends", 7), ("left_ms", 8), ("flows", 9), ("purged", 10), ("over", 14))}
    for name, k in (("at_server", 15), ("at_fallback", 16)):
        u64[name] = dict(zip(("queries", "answers", "bad"), struct.unpack("=QQQ", a[k])))
    return {"serial": a[2].hex(), "state": STATES[a[3][0]], "reason": REASONS[a[4][0]], **u64,
            "notice_ms": struct.unpack("=I", a[17])[0] if 17 in a else 0,
            "signer": a[11].rstrip(b"\0").decode(), "signers": signers(a[18]), "uid": struct.unpack("=I", a[12])[0],
            "server": addr_text(g["server"]), "fallback": addr_text(g["fallback"])}


def trust(raw):
    a = attrs(attrs(raw)[A_TRUST])
    if 3 in a:
        return {"keyring": struct.unpack("=I", a[3])[0], "closed": bool(a[4][0])}
    if 9 in a or 10 in a:
        return {"revoked": a[9 if 9 in a else 10].hex()}
    return {"serial": struct.unpack("=I", a[2])[0], "description": a[1].rstrip(b"\0").decode(),
            "role": a[6].rstrip(b"\0").decode(), "id": a[7].hex(),
            "expires": struct.unpack("=Q", a[8])[0]}


def read(path):
    with open(path, "rb") as f:
        return f.read()


def watch(nl, seconds, count):
    nl.sock.setsockopt(SOL_NETLINK, 1, nl.groups["detour"])  # NETLINK_ADD_MEMBERSHIP
    print("watching", flush=True)
    end = time.monotonic() + seconds
    while count and time.monotonic() < end:
        nl.sock.settimeout(max(end - time.monotonic(), 0.01))
        try:
            for _, _, _, body in nl.messages():
                print(json.dumps({"at": time.time(), **lease(body[4:])}), flush=True)
                count -= 1
        except (TimeoutError, socket.timeout):
            pass


def named(serial, notice=0):
    nest = attr(2, bytes.fromhex(serial))
    if notice:
        nest += attr(17, struct.pack("=I", notice))
    return attr(A_DETOUR | NEST, nest)


def main():
    verb, args = sys.argv[1], sys.argv[2:]
    if verb == "make":
        make(args[0], args[1:])
        return
    if verb == "clock":
        time.clock_settime(time.CLOCK_REALTIME, time.time() + float(args[0]))
        return
    nl = Netlink()
    if verb == "watch":
        watch(nl, float(args[0]), int(args[1]) if len(args) > 1 else -1)
    elif verb == "tap":
        tap = attr(3, args[0].encode() + b"\0") + attr(7, struct.pack("=I", int(args[1])))
        nl.call(nl.family, CMD_TAP_ADD, attr(A_TAP | NEST, tap))
        tap = attr(2, struct.pack("=I", socket.if_nametoindex(args[0])))
        nl.call(nl.family, CMD_THRESHOLD_SET, attr(A_TAP | NEST, tap) +
                attr(A_THRESHOLD | NEST, attr(6, struct.pack("=I", int(args[2])))))
    elif verb == "cycle":
        for _ in range(int(args[0])):
            for cmd in ("withdraw", "resume"):
                nl.call(nl.family, CMD[cmd], named(args[1]))
    elif verb == "add":
        payload = attr(A_GRANT, read(args[0]))
        if len(args) > 1:
            payload += attr(A_SIGNATURE, b"".join(map(read, args[1:])))
        for raw in nl.call(nl.family, CMD[verb], payload):
            print(json.dumps(lease(raw)))
    elif verb == "revoke":
        what = bytes.fromhex(args[0])
        what = attr(9 if len(what) == 32 else 10, what) if what else b""
        nl.call(nl.family, CMD[verb], attr(A_TRUST | NEST, what))
    elif verb == "field":
        for raw in nl.call(nl.family, CMD["list"], b"", dump=True):
            if lease(raw)["serial"] == args[0]:
                print(lease(raw)[args[1]])
    elif verb in ("list", "trust"):
        for raw in nl.call(nl.family, CMD[verb], b"", dump=True):
            print(json.dumps((lease if verb == "list" else trust)(raw)))
    else:
        nl.call(nl.family, CMD[verb], named(*args[:1], *map(int, args[1:])))


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        print(refused, file=sys.stderr)
        sys.exit(1)
