# SPDX-License-Identifier: GPL-2.0-or-later
# A mirror port: what is for other hosts is counted with the flag and only with it, at
# ingress and there alone; and the flag is switched while the tap runs.
# in turn on debug: 60 s
# limit: 60
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"

check "insmod" load_module
check "two namespaces" make_ns a b
check "a veth between them" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24
check "a tap" in_ns_tap b add v1
other=02:00:00:00:00:99
here=$(ip -n b -o link show v1 | sed 's/.*ether \([0-9a-f:]*\).*/\1/')
# mirrored: a hundred questions and answers, as a switch mirrors them
mirrored() {
	py -n a madeup.py v0 $other 10.0.0.7 198.51.100.9 queries 100 &&
		py -n a madeup.py v0 $other 10.0.0.7 198.51.100.9 answers 100
}
own() { py -n b madeup.py v1 $other 192.0.2.2 198.51.100.9 queries 10; }
# adds COMMAND...: what it adds to frames (yes, if any), queries, answers and answered
adds() {
	local was now n out=()
	was=$(in_ns_tap b get v1)
	"$@" || return
	now=$(in_ns_tap b get v1)
	for n in frames queries responses answered; do
		out+=($(($(value $n <<<"$now") - $(value $n <<<"$was"))))
	done
	[ "${out[0]}" -lt 10 ] || out[0]=yes
	echo "${out[*]}"
}

is "for others, without the flag: frames and no more" "$(adds mirrored)" "yes 0 0 0"
is "for this host: counted" "$(adds py -n a madeup.py v0 "$here" 10.0.0.8 192.0.2.2 queries 10)" "yes 10 0 0"
is "its own: counted" "$(adds own)" "yes 10 0 0"
check "the flag is set" in_ns_tap b set v1 flags=1
is "for others, with it: counted, once each" "$(adds mirrored)" "yes 100 100 100"
is "its own: not counted" "$(adds own)" "yes 0 0 0"
check "the flag is cleared" in_ns_tap b set v1 flags=0
is "for others: not any more" "$(adds mirrored)" "yes 0 0 0"
is "its own: again" "$(adds own)" "yes 10 0 0"
check "the sums hold" conserves b v1
check "the server's too" servers_conserve b v1
finish
