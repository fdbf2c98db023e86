#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: sample.py [SECONDS] > incident.json

Prints a made-up incident of so many seconds (84 by default), the same every
time, for trying the report out. Its numbers come from no network.
"""
import json
import random
import sys

LONG = int(sys.argv[1]) if len(sys.argv) > 1 else 84
START = 1790000000.0
ONSET, RESTORED, LEASE_END = 24.4, 33.9, 63.9
A, B = "10.1.2.53", "10.1.2.54"


def servers(rng):
    """Per-second figures of both servers."""
    out = {a: {"queries": [], "failed": [], "rtt_p50_ms": [], "rtt_p90_ms": [], "rtt_p99_ms": []}
           for a in (A, B)}
    for i in range(LONG):
        over_b = RESTORED <= i < LEASE_END
        for a in (A, B):
            n = rng.randint(70, 96) if (a == B) == over_b else rng.randint(0, 2)
            if over_b and a == A:
                n = 0
            bad = n if a == A and (ONSET <= i < RESTORED) else 0
            slow = 1.5 if a == A else 2.4
            p50 = None if not n else round(slow * rng.uniform(0.8, 1.25), 3)
            s = out[a]
            s["queries"].append(n)
            s["failed"].append(bad)
            s["rtt_p50_ms"].append(p50)
            s["rtt_p90_ms"].append(None if p50 is None else round(p50 * rng.uniform(4, 9), 3))
            s["rtt_p99_ms"].append(None if p50 is None else round(p50 * rng.uniform(18, 60), 3))
    return out


def phase(asked, ok, first, last):
    seconds = range(first, min(last, LONG - 1) + 1)
    return {"seconds": len(seconds), "queries": sum(asked[i] for i in seconds),
            "failed": sum(asked[i] - ok[i] for i in seconds)}


def incident():
    rng = random.Random(7)
    srv = servers(rng)
    asked = [srv[A]["queries"][i] + srv[B]["queries"][i] for i in range(LONG)]
    ok = [asked[i] - srv[A]["failed"][i] for i in range(LONG)]
    failed = sum(srv[A]["failed"])
    rows = [{"id": 2100 + i, "t": START + ONSET + i * 0.05, "client": f"10.9.0.{11 + i % 8}:{40000 + 37 * i}",
             "server": A, "name": f"www{i}.example.com.", "type": "AAAA" if i % 2 else "A",
             "transport": "udp", "outcome": "REFUSED", "rtt_ms": round(rng.uniform(0.2, 0.9), 3),
             "note": "EDE 18 (Prohibited)" if i % 3 == 0 else None} for i in range(16)]
    event = [(ONSET, "fault", f"{A}: first REFUSED answer"),
             (ONSET + 2.1, "kernel", f"{A}: state ok \u2192 failing"),
             (ONSET + 4.6, "stopgap locate", "verdict: recursion-refused-by-acl"),
             (ONSET + 6.2, "customer", "grant signed"),
             (ONSET + 6.4, "kernel", "grant verified, lease armed"),
             (RESTORED - 0.6, "operator", "detour started for 30 s"),
             (RESTORED, "clients", "first second with all lookups answered"),
             (LEASE_END, "kernel", "lease expired, detour removed")]
    return {
        "version": 1, "id": "2026-09-21T14:13:44Z-10.1.2.53", "made_by": "stopgap 0.1.0",
        "tap": {"site": "site 1", "host": "gw1", "interface": "lan0", "kernel": "6.12.117+deb12-amd64"},
        "clock": {"budget_s": 1860, "onset": START + ONSET, "detected": START + ONSET + 2.1,
                  "located": START + ONSET + 4.6, "informed": None,
                  "authorised": START + ONSET + 6.4, "restored": START + RESTORED,
                  "lease_end": START + LEASE_END, "handed_back": None},
        "impact": {"clients_hit": 8, "clients_all": 8, "queries_failed": failed, "queries_all": failed + 12},
        "locate": {"version": 1, "verdict": {
            "blame": {"role": "recursive", "address": A, "interface": None},
            "cause": "recursion-refused-by-acl", "since": START + ONSET, "confidence": 0.97,
            "detour": {"helps": "yes", "to": B, "why": "answers the same clients and names"},
            "evidence": [
                {"what": "REFUSED from 10.1.2.53", "before": {"n": 0, "of": 1892}, "after": {"n": 389, "of": 401}},
                {"what": "REFUSED from 10.1.2.54", "before": {"n": 0, "of": 31}, "after": {"n": 0, "of": 9}}],
            "reference": ["RFC 8914 \u00a74.19", "RFC 5358"],
            "vendor_sentence": f"Since 14:13:44 UTC {A} answers REFUSED to all recursive queries of 10.9.0.0/24, "
                               "whatever the name, while it answered the same clients before: its access control "
                               "no longer lists that prefix.",
            "next_step": f"ask it a name that failed: dig @{A} +nsid +tries=1 NAME"}},
        "authorised_by": {"name": "Example Customer, network operations", "role": "customer",
                          "means": "RSA-3072 signature over the grant, certificate in the kernel's keyring"},
        "grant": {"serial": "6f1c02aa9b7e4cd08f3b5d2e91a40c77", "signer": "CN=Example Customer", "server": A,
                  "fallback": B, "clients": "10.9.0.0/24", "protocols": "udp, tcp",
                  "verified_by": "the kernel, against its keyring .stopgap", "issued": START + ONSET + 6,
                  "not_before": START + ONSET + 6, "not_after": START + 3600, "max_lease_s": 60,
                  "verified_at": START + ONSET + 6.4},
        "lease": {"started": START + RESTORED - 0.6, "ends": START + LEASE_END, "ended": START + LEASE_END,
                  "reason": "its time was over", "flows": 2433, "purged": 41,
                  "phases": {"before": phase(asked, ok, 25, 31), "during": phase(asked, ok, 35, 61),
                             "after": phase(asked, ok, 64, 83),
                             "start": {"spared": 0.99, "low": 0.979, "high": 0.995},
                             "end": {"spared": 0.0, "low": -0.002, "high": 0.002}}},
        "series": {"start": START, "step_s": 1, "clients": {"asked": asked, "ok": ok}, "servers": srv},
        "evidence": rows,
        "events": [{"t": START + t, "who": who, "what": what} for t, who, what in event],
    }


if __name__ == "__main__":
    json.dump(incident(), sys.stdout, indent=1)
    print()
