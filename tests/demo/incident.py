#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: incident.py FOLDER > incident.json

Puts together what one act of the demo left in FOLDER (events.jsonl, facts,
trace.jsonl, clients/, locate.json, grant.json, lease.json) as the incident that
stopgap report takes. Every figure is measured; one that is missing, or that does
not show what the story says, is an error.
"""
import json
import os
import sys

from series import Clients, Records, quantile

WELL, ILL = 0.95, 0.6


def fail(what):
    sys.exit(f"incident.py: {what}")


def load(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            return json.load(f)
    except (OSError, json.JSONDecodeError) as e:
        fail(f"{name}: {e}")


def facts_of(folder):
    """NAME=VALUE lines as a dictionary."""
    with open(os.path.join(folder, "facts"), encoding="utf-8") as f:
        return dict(line.rstrip("\n").split("=", 1) for line in f if "=" in line)


def detected(records, facts, onset):
    """When the kernel reported that A left the state ok, on its way to failing or dead."""
    left = None     # it may have been degraded before
    for s in records.states:
        if s["server"] != facts["A"] or s["ts"] / 1e9 < onset:
            continue
        if s["before"] in ("ok", "unknown"):
            left = s["ts"] / 1e9
        left = left or s["ts"] / 1e9
        if s["after"] in ("failing", "dead"):
            return left
    fail("the kernel reported no change of A's state")


def first_well(clients, start):
    """The end of the first second from start on in which the clients fared well."""
    for sec in sorted(clients.seconds):
        asked, ok = clients.seconds[sec]
        if sec >= int(start) and asked and ok / asked >= WELL:
            return max(sec + 1.0, start)
    fail(f"the clients did not fare well again after {start}")


def check_story(clients, c, facts):
    """The success rate must tell the same story as the events."""
    spans = [("before the fault", c["onset"] - 7, c["onset"] - 1, True),
             ("during the fault", c["onset"] + 1, float(facts["started"]) - 1, False),
             ("with the detour", c["restored"], c["lease_end"] - 1, True),
             ("after the lease, before the repair", c["lease_end"] + 1, float(facts["mended"]) - 1, False),
             ("after the repair", c["handed_back"], c["handed_back"] + 3, True)]
    shares = []
    for what, first, last, well in spans:
        share = clients.share(int(first), int(last))
        if share is None:
            fail(f"no lookups {what}")
        if share < WELL if well else share > ILL:
            fail(f"{what}, {100 * share:.1f} % of the lookups succeeded")
        shares.append({"when": what, "success": round(share, 4)})
    return shares


def make_series(clients, records, facts):
    secs = range(min(clients.seconds), max(clients.seconds) + 1)
    get = [clients.seconds.get(s, (0, 0)) for s in secs]
    seen = sorted({s for row in records.servers.values() for s in row})
    servers = {}
    for address in (facts["A"], facts["B"]):
        rows = records.servers.get(address, {})
        # Where no reader was alive nothing is known; where one was, no row means none.
        alive = [rows.get(s) or ([0, 0, []] if s in seen else None) for s in secs]
        servers[address] = {
            "queries": [r and r[0] for r in alive], "failed": [r and r[1] for r in alive],
            "rtt_p50_ms": [r and quantile(r[2], 0.50) for r in alive],
            "rtt_p90_ms": [r and quantile(r[2], 0.90) for r in alive],
            "rtt_p99_ms": [r and quantile(r[2], 0.99) for r in alive]}
    return {"start": float(secs[0]), "step_s": 1,
            "clients": {"asked": [g[0] for g in get], "ok": [g[1] for g in get]}, "servers": servers}


def make_rows(records, facts, onset, until):
    rows = []
    for t in records.txns:
        at = t["ts_query"] / 1e9
        if t["server"] != facts["A"] or not onset <= at <= until:
            continue
        note = f"EDE {t['ede']}" if "ede" in t else None
        if "icmp_from" in t:
            note = f"ICMP {t['icmp_type']}/{t['icmp_code']} from {t['icmp_from']}"
        rows.append({"id": t["id"], "t": at, "client": f"{t['client']}:{t['client_port']}",
                     "server": t["server"], "name": t.get("qname"), "type": t.get("qtype"),
                     "transport": t["proto"], "outcome": t.get("rcode") or t["state"],
                     "rtt_ms": t["rtt_us"] / 1000 if "rtt_us" in t else None, "note": note})
    if not rows:
        fail("the tap recorded no failed transaction of A")
    return rows


def make_impact(clients, onset, restored):
    first, last = int(onset), int(restored) - 1
    asked = sum(v[0] for s, v in clients.seconds.items() if first <= s <= last)
    ok = sum(v[1] for s, v in clients.seconds.items() if first <= s <= last)
    hit = [c for c, f in clients.failed.items() if any(f.get(s) for s in range(first, last + 1))]
    return {"clients_hit": len(hit), "clients_all": len(clients.failed),
            "queries_failed": asked - ok, "queries_all": asked}


def make_clock(clients, records, facts, lease):
    onset = float(facts["fault"])
    c = {"budget_s": 1860, "onset": onset, "detected": detected(records, facts, onset),
         "located": float(facts["located"]), "informed": None, "authorised": float(facts["authorised"]),
         "restored": first_well(clients, float(facts["started"])),
         "lease_end": float(lease["ends"]) / 1e9,
         "handed_back": first_well(clients, float(facts["mended"]))}
    order = ["onset", "detected", "located", "authorised", "restored", "lease_end", "handed_back"]
    for a, b in zip(order, order[1:]):
        if not c[a] <= c[b]:
            fail(f"{b} ({c[b]:.3f}) came before {a} ({c[a]:.3f})")
    return c


def make_grant(grant, facts):
    return {"serial": grant["serial"], "signer": facts["signer"], "server": grant["server"],
            "fallback": grant["fallback"], "clients": grant["clients"],
            "protocols": ", ".join(p for p in ("udp", "tcp") if grant[p]),
            "verified_by": "the kernel, against the certificates of its keyring .stopgap",
            "verified_at": float(facts["authorised"]), "issued": grant["issued_s"],
            "not_before": grant["not_before_s"], "not_after": grant["not_after_s"],
            "max_lease_s": grant["max_lease_s"], "sha256": facts["grant_sha256"]}


def main():
    folder = sys.argv[1]
    facts, lease = facts_of(folder), load(folder, "lease.json")
    clients, records = Clients(f"{folder}/clients"), Records(f"{folder}/trace.jsonl")
    clients.read()
    records.read()
    clock = make_clock(clients, records, facts, lease)
    shares = check_story(clients, clock, facts)
    with open(os.path.join(folder, "events.jsonl"), encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    events += [{"t": clock["restored"], "who": "clients", "what": "lookups succeed again, over the detour"},
               {"t": clock["handed_back"], "who": "clients", "what": "lookups succeed again, without it"}]
    json.dump({
        "version": 1, "id": facts["id"], "made_by": facts["made_by"],
        "tap": {"site": "site 1", "host": facts["host"], "interface": facts["interface"],
                "kernel": facts["kernel"]},
        "clock": clock, "impact": make_impact(clients, clock["onset"], clock["restored"]),
        "locate": load(folder, "locate.json"),
        "authorised_by": {"name": facts["signer"], "role": "customer",
                          "means": "a signature over the grant that follows"},
        "grant": make_grant(load(folder, "grant.json"), facts),
        "lease": {"started": float(lease["started"]) / 1e9, "ends": float(lease["ends"]) / 1e9,
                  "ended": float(lease["ends"]) / 1e9, "reason": "its time was over",
                  "flows": lease["flows"], "purged": lease["purged"]},
        "success": shares, "series": make_series(clients, records, facts),
        "evidence": make_rows(records, facts, clock["onset"], clock["restored"])[:40],
        "events": sorted(events, key=lambda e: e["t"])}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
