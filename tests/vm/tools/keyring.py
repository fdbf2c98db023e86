#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: keyring.py RING CERT OP...   operations on a keyring and a key in it, by number

Prints a line for each: OP, and "ok" or the errno. A name with "cert-" before is on the key.
What setting does, where it may, leaves all as it was.
"""
import ctypes
import errno
import sys

KEYCTL = 250	# of x86-64
libc = ctypes.CDLL(None, use_errno=True)
ring, cert = map(int, sys.argv[1:3])
RING_PERM, CERT_PERM = 0x082f0000, 0x3f010000
room = ctypes.create_string_buffer(4096)
OPS = {
    "describe": (6, ring, room, 4096),
    "read": (11, ring, room, 4096),
    "search": (10, ring, b"asymmetric", b"searched", 0),
    "setperm": (5, ring, RING_PERM),
    "chown": (4, ring, 0, -1),
    "timeout": (15, ring, 0),
    "restrict": (29, ring, None, None),
    "clear": (7, ring),
    "cert-setperm": (5, cert, CERT_PERM),
    "cert-timeout": (15, cert, 0),
    "cert-unlink": (9, cert, ring),
    "cert-revoke": (3, cert),
}


def number(value):
    return ctypes.c_long(value) if isinstance(value, int) else value


for op in sys.argv[3:]:
    ret = libc.syscall(KEYCTL, *map(number, OPS[op]))
    print(op, errno.errorcode[ctypes.get_errno()] if ret < 0 else "ok")
