#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: includes.py ROOMS FILE... | includes.py --world WORLD ROOMS FILE...

Checks each FILE's #include lines against the table ROOMS, or, with --world,
lists the FILEs of that world. Exits 1 when an include points the wrong way.
"""
import fnmatch
import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
WHERE = ("", "kmod/", "kmod/uapi/", "userspace/", "userspace/lib/")


def read_rooms(path):
    """The table as a list of (room, world, [patterns], {rooms it may include})."""
    rooms, may = [], {}
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            worlds = [i for i, w in enumerate(words) if w in ("pure", "kernel", "user") and i == 1]
            if not worlds:
                sys.exit(f"{path}:{n}: '{line.strip()}' names no world (pure, kernel or user)")
            name, world = words[0], words[1]
            files = [w for w in words[2:] if "/" in w]
            allowed = set()
            for w in words[2 + len(files):]:
                if w == "-":
                    continue
                room = w.lstrip("<")
                if room not in may:
                    sys.exit(f"{path}:{n}: '{w}' is no room named above this line")
                allowed |= {room} | (may[room] if w.startswith("<") else set())
            may[name] = allowed
            rooms.append((name, world, files, allowed))
    return rooms


def room_of(rooms, path):
    for room in rooms:
        if any(fnmatch.fnmatch(path, p) for p in room[2]):
            return room
    return None


def resolve(path, name):
    """The file of this tree that path means by name, or None."""
    for base in (os.path.dirname(path) + "/",) + WHERE:
        full = os.path.normpath(base + name)
        if os.path.isfile(full):
            return full
    return None


def check(rooms, path):
    room = room_of(rooms, path)
    if room is None:
        return [f"{path}:1: belongs to no room: add it to tests/lint/rooms and docs/architecture.md"]
    bad = []
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            m = INCLUDE.match(line)
            if not m:
                continue
            target = resolve(path, m[1] or m[2])
            if target is None:
                continue
            other = room_of(rooms, target)
            if other is None:
                bad.append(f"{path}:{n}: includes {target}, which belongs to no room")
            elif other[0] != room[0] and other[0] not in room[3]:
                bad.append(f"{path}:{n}: room {room[0]} may not include {target} of room {other[0]}")
            elif room[1] == "pure" and other[1] != "pure":
                bad.append(f"{path}:{n}: {path} is pure, {target} is not")
    return bad


def main():
    args = sys.argv[1:]
    if args[:1] == ["--world"]:
        rooms = read_rooms(args[2])
        for path in args[3:]:
            room = room_of(rooms, path)
            if room and room[1] == args[1]:
                print(path)
        return 0
    rooms = read_rooms(args[0])
    bad = [b for path in args[1:] for b in check(rooms, path)]
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
