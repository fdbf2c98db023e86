#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: watch.py CLIENTS TRACE A B NOW

Prints a line per second: how the clients fare and who is asked. NOW gets
"second asked ok" of the last second, for the story to wait on.
"""
import os
import sys
import time

from series import Clients, Records

LAG = 1.9       # a client's line about a second is written in the next one


def bar(share):
    full = round(20 * share)
    return "\u2588" * full + "\u00b7" * (20 - full)


def per_second(records, server, sec):
    row = records.servers.get(server, {}).get(sec)
    return f"{row[0]:3d}" if row else "  -"


def main():
    folder, trace, a, b, now_file = sys.argv[1:]
    clients, records = Clients(folder), Records(trace)
    sec = int(time.time())
    while True:
        while time.time() < sec + 1 + LAG:
            time.sleep(0.1)
        clients.read()
        records.read()
        asked, ok = clients.seconds.get(sec, (0, 0))
        if asked:
            clock = time.strftime("%H:%M:%S", time.gmtime(sec))
            print(f"  {clock}      {bar(ok / asked)} {100 * ok / asked:3.0f} %  {ok:3d} of {asked:3d} lookups"
                  f"   queries: A {per_second(records, a, sec)}  B {per_second(records, b, sec)}", flush=True)
        with open(now_file + ".new", "w", encoding="utf-8") as f:
            f.write(f"{sec} {asked} {ok}\n")
        os.replace(now_file + ".new", now_file)
        sec += 1


if __name__ == "__main__":
    main()
