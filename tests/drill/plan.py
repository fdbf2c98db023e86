#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The plan of one drill network, drawn from a seed.

plan.py --seed N --dir D [--set VAR=VALUE...] writes D/plan.sh (addresses, names, softwares, rates
as shell variables), D/zones/ (zone files, signed where planned), D/root.key
and D/root.ds (trust anchor), D/names (what clients look up). A VALUE of numbers LOW..HIGH is
drawn too.
"""

import argparse
import os
import random
import shutil
import subprocess
import time

WORDS = """alder basalt cobalt drift ember fjord gable harrow indigo juniper
kestrel larch marble nimbus onyx poplar quartz rowan sorrel tundra umber velvet
willow yarrow zephyr bramble cinder dapple escarp fennel garnet hollow""".split()
TLDS = "example metro grid depot campus harbour freight".split()
HOSTS = """www mail api cdn img static shop login auth news blog docs files app
m mx1 mx2 ftp vpn portal media video stats pay search maps chat push time
update""".split()
RESOLVERS = ["unbound", "bind", "kresd", "pdnsrec"]
AUTHS = ["nsd", "knot", "bind"]


def r_sample(rng, items):
    return rng.sample(items, len(items))


class Plan:
    def __init__(self, seed, directory):
        self.rng = random.Random(seed)
        self.dir = directory
        self.var = {"SEED": seed}
        self.used = set()
        os.makedirs(f"{directory}/zones", exist_ok=True)

    def prefix(self, first, second=None):
        """A /24 that nothing else of this plan uses, as 'a.b.c'."""
        while True:
            b = second if second is not None else self.rng.randrange(0, 256)
            p = f"{first}.{b}.{self.rng.randrange(1, 255)}"
            if p not in self.used:
                self.used.add(p)
                return p

    def host(self, prefix):
        while True:
            a = f"{prefix}.{self.rng.randrange(10, 240)}"
            if a not in self.used:
                self.used.add(a)
                return a

    def addresses(self):
        v, r = self.var, self.rng
        v["P1"], v["P2"] = self.prefix(10), self.prefix(10)
        v["S2"] = self.prefix(r.choice([10, 172]), r.randrange(16, 32))
        v["SRV"] = r.choice([lambda: self.prefix(10), lambda: "203.0.113",
                             lambda: "198.51.100", lambda: "192.0.2",
                             lambda: self.prefix(100, r.randrange(80, 127))])()
        v["W1"], v["W2"] = self.prefix(100, 65), self.prefix(100, 66)
        v["UP"] = self.prefix(100, 67)
        for n in range(1, 4):
            v[f"ADDR_C{n}"] = self.host(v["P1"])
        for n in range(4, 6):
            v[f"ADDR_C{n}"] = self.host(v["P2"])
        for n in range(6, 8):
            v[f"ADDR_C{n}"] = self.host(v["S2"])
        for role in ("A", "B", "F", "G", "A2"):
            v[f"ADDR_{role}"] = self.host(v["SRV"])
        for role in ("ROOT", "TLD", "X1", "X2", "X3", "H", "R"):
            v[f"ADDR_{role}"] = self.host(self.prefix(198, r.choice([18, 19])))
        ula = f"fd{r.randrange(256):02x}:{r.randrange(1, 65536):x}"
        v["ULA"] = ula
        for i, role in enumerate(("C1", "C2", "C3", "C4", "C5", "C6", "C7")):
            net = 1 if i < 3 else 2 if i < 5 else 3
            v[f"ADDR6_{role}"] = f"{ula}:{net}::{v['ADDR_' + role].split('.')[3]}"
        for role in ("A", "B", "F", "G"):
            v[f"ADDR6_{role}"] = f"{ula}:4::{v['ADDR_' + role].split('.')[3]}"

    def softwares(self):
        r, v = self.rng, self.var
        a, b = r.sample(RESOLVERS, 2)
        v["SOFT_A"], v["SOFT_B"] = a, b
        v["SOFT_F"] = r.choice(["unbound", "bind", "kresd", "dnsmasq"])
        for role in ("ROOT", "TLD"):
            v[f"SOFT_{role}"] = r.choice(AUTHS)
        v["SOFT_X3"] = r.choice(AUTHS + ["pdns"])  # its zone is unsigned
        v["SOFT_X1"], v["SOFT_X2"] = r.sample(AUTHS, 2)

    def times(self):
        r, v = self.rng, self.var
        v["HEALTHY"] = r.randrange(14, 21)
        v["FAULTY"] = r.randrange(19, 25)
        v["RATE"] = round(r.uniform(14, 26), 1)
        v["WAN1_US"] = r.randrange(800, 9000)
        v["WAN2_US"] = r.randrange(800, 12000)
        v["UP_US"] = r.randrange(4000, 24000)

    def names(self):
        r, v = self.rng, self.var
        v["TLD1"], v["TLD2"] = r.sample(TLDS, 2)
        words = r.sample(WORDS, 9)
        v["SIGNED"] = [f"{w}.{v['TLD1']}" for w in words[:3]]
        v["PLAIN"] = ([f"{w}.{v['TLD1']}" for w in words[3:5]]
                      + [f"{w}.{v['TLD2']}" for w in words[5:8]])
        v["SINGLE"] = f"{words[8]}.{v['TLD1']}"
        v["STUDY"] = r.choice(v["PLAIN"])
        v["STUDY_SIGNED"] = r.choice(v["SIGNED"])

    def soa(self, zone, primary):
        serial = self.rng.randrange(2026010101, 2026112000)
        times = "7200 900 1209600"
        if zone == self.var["SINGLE"] and "EXPIRE" in self.var:
            times = f"3 2 {self.var['EXPIRE']}"
        low = 5 if zone == self.var.get("HOT_ZONE") else self.rng.choice([30, 60, 300])
        return (f"@ 3600 IN SOA {primary} hostmaster.{primary} {serial} {times} {low}\n")

    def write_zone(self, zone, text):
        with open(f"{self.dir}/zones/{zone or 'root'}.zone", "w") as f:
            f.write(f"$ORIGIN {zone}.\n" if zone else "$ORIGIN .\n")
            f.write("$TTL 3600\n" + text)

    def nameservers(self, zone):
        if zone == self.var["SINGLE"]:
            return [("ns1", "X3")]
        return [("ns1", "X1"), ("ns2", "X2")]

    def domain_zone(self, zone):
        r, v = self.rng, self.var
        net = self.prefix(r.choice([51, 77, 141, 185]))
        out = [self.soa(zone, f"ns1.{zone}.")]
        hot = zone == v.get("HOT_ZONE")
        for name, role in self.nameservers(zone):
            t = 5 if hot else 3600
            out.append(f"@ {t} IN NS {name}\n{name} {t} IN A {v['ADDR_' + role]}\n")
        ttl = r.choice([10, 20, 30, 60, 300])
        hosts = r.sample(HOSTS, 22) + [f"h{n:03d}" for n in range(90)]
        for i, h in enumerate(hosts):
            t = r.choice([ttl, ttl, ttl, 5, 120, 600])
            t = 2 + t % 4 if hot else t
            if i % 11 == 5:
                out.append(f"{h} {t} IN CNAME {hosts[0]}\n")
                continue
            out.append(f"{h} {t} IN A {net}.{r.randrange(1, 255)}\n")
            if r.random() < 0.55:
                out.append(f"{h} {t} IN AAAA 2001:db8:{r.randrange(65536):x}::{i + 1:x}\n")
        out.append(f"*.u {ttl} IN A {net}.{r.randrange(1, 255)}\n")
        out.append(f"*.u {ttl} IN AAAA 2001:db8:{r.randrange(65536):x}::1\n")
        out.append(f"@ IN MX 10 {hosts[1]}\n@ IN A {net}.1\n")
        out.append("@ IN TXT \"v=spf1 mx -all\"\n")
        for name, strings in (("mid", 4), ("big", r.randrange(7, 10))):
            text = " ".join('"' + "".join(r.choice("abcdefghijklmnopqrstuvwxyz0123456789")
                                           for _ in range(r.randrange(190, 240))) + '"'
                            for _ in range(strings))
            out.append(f"{name} {ttl} IN TXT {text}\n")
        self.write_zone(zone, "".join(out))
        return hosts

    def tld_zone(self, tld):
        v = self.var
        out = [self.soa(tld, f"ns.nic.{tld}."), "@ IN NS ns.nic\n",
               f"ns.nic IN A {v['ADDR_TLD']}\n"]
        for zone in v["SIGNED"] + v["PLAIN"] + [v["SINGLE"]]:
            if not zone.endswith("." + tld):
                continue
            t = 5 if zone == v.get("HOT_ZONE") else 3600
            for name, role in self.nameservers(zone):
                out.append(f"{zone}. {t} IN NS {name}.{zone}.\n"
                           f"{name}.{zone}. {t} IN A {v['ADDR_' + role]}\n")
            if zone in v["SIGNED"]:
                out.append(open(f"{self.dir}/zones/{zone}.ds").read())
        self.write_zone(tld, "".join(out))

    def root_zone(self):
        v = self.var
        out = [self.soa("", "a.rootns."), ". IN NS a.rootns.\n",
               f"a.rootns. IN A {v['ADDR_ROOT']}\n"]
        for tld in (v["TLD1"], v["TLD2"]):
            out.append(f"{tld}. IN NS ns.nic.{tld}.\n"
                       f"ns.nic.{tld}. IN A {v['ADDR_TLD']}\n")
        out.append(open(f"{self.dir}/zones/{v['TLD1']}.ds").read())
        self.write_zone("", "".join(out))

    def sign(self, zone):
        """Sign one zone and leave its DS beside it."""
        zones, stem = f"{self.dir}/zones", zone or "root"
        tool = self.rng.choice(["ldns", "bind"])
        fqdn = zone + "." if zone else "."
        first, last = (time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + d * 86400))
                       for d in (-2, 28))

        def run(*cmd):
            return subprocess.run(cmd, cwd=zones, check=True, text=True,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE).stdout.split()[-1:]

        if tool == "ldns":
            ksk = run("ldns-keygen", "-k", "-a", "ECDSAP256SHA256", fqdn)[0]
            zsk = run("ldns-keygen", "-a", "ECDSAP256SHA256", fqdn)[0]
            run("ldns-signzone", "-i", first, "-e", last,
                "-f", f"{stem}.signed", f"{stem}.zone", zsk, ksk)
        else:
            ksk = run("dnssec-keygen", "-q", "-f", "KSK", "-a", "ECDSAP256SHA256", fqdn)[0]
            zsk = run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", fqdn)[0]
            run("dnssec-signzone", "-q", "-P", "-x", "-S", "-o", fqdn,
                "-s", first, "-e", last, "-f", f"{stem}.signed", f"{stem}.zone")
        ds = subprocess.run(["ldns-key2ds", "-n", "-2", f"{ksk}.key"], cwd=zones, check=True,
                            text=True, stdout=subprocess.PIPE).stdout
        with open(f"{zones}/{stem}.ds", "w") as f:
            f.write(ds)
        shutil.copy(f"{zones}/{ksk}.key", f"{zones}/{stem}.ksk")
        shutil.copy(f"{zones}/{ksk}.private", f"{zones}/{stem}.ksk.private")

    def lookups(self, hosts):
        """What clients ask: Zipf over hosts, some new, absent and large names."""
        r = self.rng
        pool = [(f"{h}.{z}", "PAIR") for z in hosts for h in hosts[z]]
        r.shuffle(pool)
        hot = self.var.get("HOT_ZONE")
        more = {z: float(self.var.get("HOT", 3)) if z == hot else 1.0 for z in hosts}
        big, nx, https = (float(self.var.get(k, 1)) for k in ("BIG", "NX", "HTTPS"))
        lines = [(more[n[0].split(".", 1)[1]] / (i + 2) ** 0.85, *n)
                 for i, n in enumerate(pool)]
        total = sum(w for w, _, _ in lines)
        for z in hosts:
            share = more[z] * total / len(hosts)
            for w, n, k in ((0.16, f"%.u.{z}", "PAIR"), (0.045 * nx, f"no-%.{z}", "PAIR"),
                            (0.02 * big, f"big.{z}", "TXT"), (0.03 * big, f"mid.{z}", "TXT"),
                            (0.02, z, "MX"), (0.02, z, "TXT"), (0.01, z, "NS"),
                            (0.01, z, "SOA"),
                            (0.02 * https, f"{hosts[z][2]}.{z}", "HTTPS")):
                lines.append((share * w, n, k))
            if z in self.var["SIGNED"]:
                lines.append((share * 0.03, z, "DNSKEY"))
        with open(f"{self.dir}/names", "w") as f:
            for w, n, k in lines:
                f.write(f"{w:.6f} {n} {k}\n")

    def write_vars(self):
        with open(f"{self.dir}/plan.sh", "w") as f:
            for k, val in self.var.items():
                text = " ".join(val) if isinstance(val, list) else str(val)
                f.write(f"{k}='{text}'\n")

    def write_anchor(self):
        key = open(f"{self.dir}/zones/root.ksk").read().splitlines()
        line = [x for x in key if not x.startswith(";")][-1].split(";")[0]
        fields = line.split()
        at = fields.index("DNSKEY")
        with open(f"{self.dir}/root.key", "w") as f:
            f.write(". 3600 IN DNSKEY " + " ".join(fields[at + 1:]) + "\n")
        shutil.copy(f"{self.dir}/zones/root.ds", f"{self.dir}/root.ds")
        with open(f"{self.dir}/root.hints", "w") as f:
            f.write(f". 3600000 IN NS a.rootns.\na.rootns. 3600000 IN A {self.var['ADDR_ROOT']}\n")

    def drawn(self, override):
        """LOW..HIGH is a value between, by a draw that moves no other one."""
        rng = random.Random(f"ranges {self.var['SEED']}")
        for k, text in sorted(override.items()):
            low, dots, high = text.partition("..")
            if dots:
                x = rng.uniform(float(low), float(high))
                override[k] = round(x, 2) if k == "RATE" else round(x)
        return override

    def make(self, override):
        v = self.var
        override = self.drawn(override)
        self.addresses()
        self.softwares()
        self.times()
        self.names()
        spare = r_sample(self.rng, RESOLVERS)
        v.update(override)
        if "SOFT_B" not in override and v["SOFT_B"] == v["SOFT_A"]:
            v["SOFT_B"] = next(s for s in spare if s != v["SOFT_A"])
        if "HOT" in v:
            v["HOT_ZONE"] = v[v.get("HOT_WHICH", "STUDY")]
        hosts = {}
        for z in v["SIGNED"] + v["PLAIN"] + [v["SINGLE"]]:
            hosts[z] = self.domain_zone(z)
        for z in v["SIGNED"]:
            self.sign(z)
        for t in (v["TLD1"], v["TLD2"]):
            self.tld_zone(t)
        self.sign(v["TLD1"])
        self.root_zone()
        self.sign("")
        self.write_anchor()
        self.lookups(hosts)
        self.write_vars()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--seed", type=int, required=True)
    p.add_argument("--dir", required=True)
    p.add_argument("--set", nargs="*", default=[], metavar="VAR=VALUE")
    a = p.parse_args()
    Plan(a.seed, a.dir).make(dict(s.split("=", 1) for s in a.set))


if __name__ == "__main__":
    main()
