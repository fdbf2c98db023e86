#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: same.py OFFLINE LIVE

Compares what to-check makes of a capture with `stopgap servers DEV --json` of a tap
that saw the same packets: every counter of every server, over UDP and over TCP, but for
times. Prints what differs and exits 1.
"""
import json
import sys


def live(stats):
    n = {k: int(v) for k, v in stats.items() if not isinstance(v, dict)}
    return {
        "queries": n["queries"], "transactions": n["transactions"],
        "responses": n["responses"], "answered": n["answered"],
        "unanswered": n["transactions"] - n["answered"] - n["failed"] - n["evicted"],
        "resends": n["resends"], "dup_responses": n["duplicates"] + n["late"],
        "orphan_responses": n["unmatched"], "tc": n["truncated"],
        "rcodes": sum(int(x) for x in stats["rcode"].values()),
        "rtts": sum(count for _, count in stats["rtt_first"]["bins"]),
    }


def offline(stats):
    n = {k: v for k, v in stats.items() if not isinstance(v, dict)}
    n["rcodes"] = sum(stats["rcode"].values())
    n["rtts"] = stats["rtt_first"]["n"]
    return n


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as f:
        want = json.load(f)["servers"]
    with open(sys.argv[2], encoding="utf-8") as f:
        got = {s["server"]: s for s in json.load(f)}
    bad = [f"{s} is in one of them only" for s in sorted(set(want) ^ set(got))]
    for server in sorted(set(want) & set(got)):
        for proto in ("udp", "tcp"):
            a, b = offline(want[server][proto]), live(got[server][proto])
            bad += [f"{server} {proto} {k}: {a[k]} in the file, {b[k]} live"
                    for k in a if a[k] != b[k]]
    if not want:
        bad.append("no server in the capture")
    print("\n".join(bad) or f"{len(want)} servers, the same")
    sys.exit(1 if bad else 0)


main()
