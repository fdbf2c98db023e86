#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: same.py OFFLINE LIVE

Compares a capture's counts with `stopgap servers DEV --json` of a tap that saw the same
packets: every counter of every server, over UDP and over TCP, and of each rcode, but for
times. OFFLINE is what to-check makes of the capture; or the truth that its generator gave
out, which has the query types of all servers together; or `stopgap servers --pcap FILE
--json`, of which every type, size, rcode and extended error of each server is compared.
Prints what differs and exits 1.
"""
import collections
import json
import sys

# IANA, DNS RCODEs and RR TYPEs, as stopgap names them.
RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN",
          "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI", "RCODE12", "RCODE13", "RCODE14",
          "RCODE15", "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC")
TYPES = {"1": "A", "2": "NS", "5": "CNAME", "6": "SOA", "12": "PTR", "15": "MX", "16": "TXT",
         "28": "AAAA", "33": "SRV", "65": "HTTPS"}
# By the clock, or not told by a capture that ends while some are under way.
TIMES = ("unanswered", "overdue", "rtt_sum_us", "rtt_first", "rtt_last")


def rcode_name(code):
    code = int(code)
    return RCODES[code] if code < len(RCODES) else "other"


def live(stats):
    n = {k: int(v) for k, v in stats.items() if not isinstance(v, dict)}
    return {
        "queries": n["queries"], "transactions": n["transactions"],
        "responses": n["responses"], "answered": n["answered"],
        "unanswered": n["transactions"] - n["answered"] - n["failed"] - n["evicted"],
        "resends": n["resends"], "dup_responses": n["duplicates"] + n["late"],
        "orphan_responses": n["unmatched"], "tc": n["truncated"],
        "rcode": {k: int(v) for k, v in stats["rcode"].items()},
        "rtts": sum(count for _, count in stats["rtt_first"]["bins"]),
    }


def offline(stats):
    n = {k: v for k, v in stats.items() if not isinstance(v, dict)}
    n["rcode"] = {rcode_name(k): v for k, v in stats["rcode"].items()}
    n["rtts"] = stats["rtt_first"]["n"]
    return n


def timeless(stats):
    return {k: v for k, v in stats.items() if k not in TIMES}


def types(servers):
    total = collections.Counter()
    for server in servers.values():
        for proto in ("udp", "tcp"):
            total.update({k: int(v) for k, v in server[proto]["qtype"].items()})
    return dict(total)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as f:
        capture = json.load(f)
    with open(sys.argv[2], encoding="utf-8") as f:
        got = {s["server"]: s for s in json.load(f)}
    want, of_file, of_tap = capture["servers"], offline, live
    if isinstance(want, list):
        want, of_file, of_tap = {s["server"]: s for s in want}, timeless, timeless
    bad = [f"{s} is in one of them only" for s in sorted(set(want) ^ set(got))]
    for server in sorted(set(want) & set(got)):
        for proto in ("udp", "tcp"):
            a, b = of_file(want[server][proto]), of_tap(got[server][proto])
            bad += [f"{server} {proto} {k}: {a.get(k)} in the file, {b.get(k)} live"
                    for k in sorted(set(a) | set(b)) if a.get(k) != b.get(k)]
    if "qtypes" in capture:
        a, b = {TYPES[k]: v for k, v in capture["qtypes"].items()}, types(got)
        bad += [f"type {k}: {a.get(k, 0)} in the file, {b.get(k, 0)} live"
                for k in sorted(set(a) | set(b)) if a.get(k) != b.get(k)]
    if not want:
        bad.append("no server in the capture")
    print("\n".join(bad) or f"{len(want)} servers, the same")
    sys.exit(1 if bad else 0)


main()
