#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write truth.json of a drill run from the environment that run gives it."""

import json
import os
import sys

E = os.environ
TEXT = {"A": "resolver A, in use", "B": "resolver B, healthy fallback",
        "F": "role F, forwarder", "G": "role G, second forwarder",
        "ROOT": "authoritative root", "TLD": "authoritative TLD", "X1": "authoritative",
        "X2": "authoritative", "X3": "authoritative of one domain"}


def words(name):
    return E.get(name, "").split()


def address(word):
    """A role's address, or the word itself when it is one already."""
    return E.get("ADDR_" + word, word)


def both(words_):
    out = []
    for w in words_:
        out.append(address(w))
        if E.get("USE_V6") and "ADDR6_" + w in E:
            out.append(E["ADDR6_" + w])
    return out


def hosts():
    clients, servers = {}, {}
    for n in words("CLIENT_ROLES"):
        clients[E["ADDR_" + n]] = f"site {1 if int(n[1:]) < 6 else 2}"
        if E.get("USE_V6"):
            clients[E["ADDR6_" + n]] = clients[E["ADDR_" + n]]
    for n in words("SERVER_ROLES"):
        text = f"{TEXT.get(n, 'role ' + n)} ({E['SOFT_' + n]})"
        servers[E["ADDR_" + n]] = text
        if E.get("USE_V6") and n in "ABFG":
            servers[E["ADDR6_" + n]] = text
    return clients, servers


def routers():
    return {E["P1"] + ".254": "r1 (site-1 gateway, lan)", E["P2"] + ".254": "r1 (site-1 gateway, lan)",
            E["W1"] + ".2": "r1 wan", E["W1"] + ".1": "core (towards site 1)",
            E["W2"] + ".2": "r2 wan", E["W2"] + ".1": "core (towards site 2)",
            E["SRV"] + ".254": "core (server LAN)", E["UP"] + ".2": "core uplink",
            E["UP"] + ".1": "Internet side"}


def main():
    clients, servers = hosts()
    blame = address(E["BLAME"]) if E.get("BLAME") else None
    since = float(E["SINCE"])
    truth = {
        "id": E["ID"], "split": "drill", "scenario": E["SCENARIO"], "seed": int(E["SEED"]),
        "fault_class": E["SCENARIO"].split("@")[0],
        "cause": E["TITLE"], "cause_ids": words("CAUSES"),
        "blamed_address": blame, "blamed_role": E.get("ROLE") or "none",
        "also_acceptable": both(words("ALSO")), "must_not_blame": both(words("MUST_NOT")),
        "resolver_a_at_fault": E.get("BLAME") == "A", "healthy": set(words("CAUSES")) <= {"none", "unknown"},
        "since": since, "injected": since, "injection_done": float(E["DONE"]), "felt": E.get("FELT") or None,
        "start": float(E["START"]), "end": float(E["END"]),
        "detour_helps": E.get("DETOUR", "no"),
        "detour_from": address(E.get("DETOUR_FROM", "A")),
        "detour_to": address(E.get("DETOUR_TO", "B")),
        "references": [r for r in E.get("REFERENCES", "").split("; ") if r],
        "description": E["TITLE"], "expected_signature": E.get("SIGNATURE", ""),
        "vantage": {n: E["VANTAGE_" + n] for n in words("VANTAGES")},
        "clients": clients, "servers": servers, "routers": routers(),
        "domains": {"signed": words("SIGNED"), "unsigned": words("PLAIN"),
                    "single_server_domain": E["SINGLE"], "tlds": [E["TLD1"], E["TLD2"]],
                    "signed_tld": E["TLD1"]},
        "plan": {"hot": E.get("HOT_ZONE"), "srv": E["SRV"], "a2": E["ADDR_A2"], "p1": E["P1"],
                 "p2": E["P2"], "g": E["ADDR_G"]},
        "observed": [],
    }
    json.dump(truth, open(sys.argv[1], "w"), indent=1)


if __name__ == "__main__":
    main()
