# SPDX-License-Identifier: GPL-2.0-or-later
# Netlink requests by the contract, nearly by it and not at all, as root of a
# namespace under traffic: each is answered, the module lives and unloads.
# FUZZ_SECONDS and FUZZ_SEED for more of them and for other ones.
# in turn on debug: 385 s
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require dnsperf nsd python3
python3 -I -c 'import yaml' 2>/dev/null || skip_all "there is no python3-yaml"

seconds=${FUZZ_SECONDS:-8} seed=${FUZZ_SEED:-1}
check "insmod" load_module
check "two namespaces" make_ns a b
check "a veth" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24
make_zone "$WORK/zone" example.test 10
make_queries "$WORK/queries" example.test 10 100
check "nsd" start_dns auth nsd b 192.0.2.2 zone "$WORK/zone" example.test
in_ns a dnsperf -s 192.0.2.2 -d "$WORK/queries" -l 600 -c 2 -q 5 >/dev/null 2>&1 &
check "two taps" eval 'in_ns_tap a add v0 && in_ns_tap a add lo'

check "$seconds s of requests, seed $seed" eval \
	'in_ns a timeout $((60 * SLOW)) python3 -I "$STOPGAP_TOP/tests/vm/tools/nlfuzz.py" \
	"$STOPGAP_TOP/kmod/spec/stopgap.yaml" "$seconds" "$seed" v0 lo >"$WORK/fuzz"'
note "$(cat "$WORK/fuzz")"
while read -r verdict what; do
	case $verdict in
	good|bad)	is "$what" "$verdict" good ;;
	esac
done <"$WORK/fuzz"
operations=$(python3 -I -c 'import sys, yaml
print(sum("do" in op or "dump" in op for op in yaml.safe_load(sys.stdin)["operations"]["list"]))' \
	<"$STOPGAP_TOP/kmod/spec/stopgap.yaml")
is "each operation was tried" "$(grep -c ' sent [1-9]' "$WORK/fuzz")" "$operations"
# A generator whose requests are all refused tries no more than the policies.
for op in tap-add tap-del tap-get tap-set server-get server-reset threshold-set threshold-get \
	trust-get detour-get; do
	check "$op: some are done" grep -q "^$op sent [0-9]* done [1-9]" "$WORK/fuzz"
done
for op in tap-add tap-set server-get threshold-set grant-add detour-start detour-withdraw detour-resume; do
	check "$op: some are refused" grep -q "^$op .* refused [1-9]" "$WORK/fuzz"
done

is "no detour came of it" "$(in_ns a "$STOPGAP" detour list --json | grep -c '"serial"')" 0
for dev in v0 lo; do
	in_ns_tap a del $dev 2>/dev/null
done
is "the taps end" "$(in_ns_tap a list)" ""
check "a new one" in_ns_tap a add v0
counts() { [ "$(counter a v0 answered)" -gt 0 ]; }
check "it counts" wait_for 20 counts
check "its sums hold" conserves a v0
check "the module unloads under the traffic" unload_module
finish
