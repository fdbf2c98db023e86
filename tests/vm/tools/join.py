#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: join.py GROUP...   join multicast groups of the family stopgap, or say which errno"""
import errno
import socket
import struct
import sys

NETLINK_GENERIC, SOL_NETLINK, ADD_MEMBERSHIP = 16, 270, 1
CTRL, GETFAMILY = 16, 3
A_NAME, A_GROUPS, GROUP_NAME, GROUP_ID = 2, 7, 1, 2


def attrs(raw):
    while len(raw) >= 4:
        size, kind = struct.unpack("=HH", raw[:4])
        yield kind & 0x3FFF, raw[4:size]
        raw = raw[(size + 3) & ~3:]


def groups(sock):
    name = b"stopgap\0"
    body = struct.pack("=BBH", GETFAMILY, 1, 0) + struct.pack("=HH", 4 + len(name), A_NAME) + name
    sock.send(struct.pack("=IHHII", 16 + len(body), CTRL, 1, 1, 0) + body)
    found = {}
    for kind, value in attrs(sock.recv(65536)[20:]):
        if kind != A_GROUPS:
            continue
        for _, group in attrs(value):
            one = dict(attrs(group))
            found[one[GROUP_NAME].rstrip(b"\0").decode()] = struct.unpack("=I", one[GROUP_ID])[0]
    return found


sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
sock.bind((0, 0))
ids = groups(sock)
for wanted in sys.argv[1:]:
    try:
        sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, ids[wanted])
    except OSError as e:
        sys.exit(f"{wanted}: {errno.errorcode[e.errno]}")
