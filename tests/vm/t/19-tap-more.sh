# SPDX-License-Identifier: GPL-2.0-or-later
# Who asks, of this host; client prefixes and zones; DNS over TLS and QUIC from outside; how many
# PACKET records a second; tracepoints; all of it set while the tap runs.
# in turn on debug: 121 s
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require unbound dig dnsperf openssl jq nft gtlsserver gtlsclient

check "insmod" load_module
check "client - gateway - server" make_path
make_zone "$WORK/zone" example.test 20
DNS_EXTRA=$'server:\n  local-zone: "refused.test." refuse'
check "unbound" start_dns res unbound srv 198.51.100.2 zone "$WORK/zone" example.test
tap() { in_ns "$1" "$STOPGAP" tap "${@:2}"; }
check "a tap on the client's side" tap client add c0 --census-max 64
check "and one on the gateway" tap gw add g0 --census-max 64 --tcp-max 256 --tcp-bytes 65536

# Who asks.
check "a reader" start_reader r -v "$(dev_of client c0)"
in_ns client "$STOPGAP" trace c0 --json >"$WORK/trace" 2>"$WORK/trace.err" &
trace=$!
check "trace is there" wait_for 10 eval '[ "$(counter client c0 readers)" = 2 ]'
mkdir /sys/fs/cgroup/asker
check "a query from a cgroup" bash -c 'echo $$ >/sys/fs/cgroup/asker/cgroup.procs &&
	exec ip netns exec client dig +tries=1 @198.51.100.2 www.example.test >/dev/null'
check "its record" wait_for 10 grep -q answered "$WORK/trace"
is "says which cgroup" "$(jq -r 'select(.state == "answered").cgroup' "$WORK/trace")" \
	"$(stat -c %i /sys/fs/cgroup/asker)"
check "and which process" test "$(jq -r 'select(.state == "answered").pid' "$WORK/trace")" -gt 1
rmdir /sys/fs/cgroup/asker

# Client prefixes and zones: what is counted is what ended.
N=40
make_queries "$WORK/queries" example.test 20 $N
yes 'www.refused.test A' | head -n $N >"$WORK/refused"
asks() { in_ns client dnsperf -s 198.51.100.2 -d "$1" -n 1 -c 4 -q 10 2>&1; }
asks "$WORK/queries" >/dev/null
asks "$WORK/refused" >/dev/null
wait_for 10 settled gw g0
ended() { jq '[.[] | .good + .bad + .unanswered + .failed + .evicted] | add'; }
clients=$(in_ns gw "$STOPGAP" clients g0 --json) zones=$(in_ns gw "$STOPGAP" zones g0 --json)
all=$(in_ns gw "$STOPGAP" tap list --json | jq '.[0].counters | .answered + .unanswered + .failed + .evicted')
is "what clients have is what ended" "$(ended <<<"$clients")" "$all"
is "what zones have is what ended" "$(ended <<<"$zones")" "$all"
is "the client's prefix" "$(jq -r '.[0].clients' <<<"$clients")" 192.0.2.0/24
is "all refusals are its" "$(jq '.[0].bad' <<<"$clients")" $N
is "and the zone's" "$(jq '.[] | select(.zone == "refused.test.").bad' <<<"$zones")" $N
is "the others are well" "$(jq '.[] | select(.zone == "example.test.").bad' <<<"$zones")" 0
check "a deeper prefix, a flatter zone" tap gw set g0 --prefix4 32 --zone-depth 1
asks "$WORK/refused" >/dev/null
is "zones by one label, begun anew" \
	"$(in_ns gw "$STOPGAP" zones g0 --json | jq -c '[.[] | select(.zone)] | map([.zone, .bad])')" "[[\"test.\",$N]]"
is "clients by address" "$(in_ns gw "$STOPGAP" clients g0 --json | jq -r '.[0].clients')" 192.0.2.2/32
check_fails "a depth of 9" "zone-depth" tap gw set g0 --zone-depth 9
check_fails "a census that is no power of two" "CENSUS_MAX" tap srv add s0 --census-max 100
check_fails "a resolver that is no address" "192.0.2.300" tap gw set g0 --resolvers 192.0.2.300

# DNS over TLS: set-up time and volume, never what is in it.
check "port 853 too" tap gw set g0 --ports 53,853 --timeout 2s
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=dot -days 2 \
	-keyout "$WORK/key" -out "$WORK/cert" 2>/dev/null
# Without a function in between: $! is the process itself.
nsenter --net=/run/netns/srv -- openssl s_server -tls1_3 -accept 853 -key "$WORK/key" -cert "$WORK/cert" -quiet >"$WORK/tls" 2>&1 &
server=$!
check "a TLS server" wait_for 20 eval 'in_ns srv ss -Hltn "sport = :853" | grep -q 853'
check "a TLS client" eval 'echo hello | in_ns client timeout 30 openssl s_client -connect 198.51.100.2:853 -quiet -no_ign_eof >/dev/null 2>&1'
of() { in_ns gw "$STOPGAP" servers g0 --json | jq ".[] | select(.server == \"198.51.100.2\").tcp.$1"; }
is "one connection" "$(of tcp_syns)" 1
check "its volume" test "$(of opaque_bytes)" -gt 500
is "no query in it" "$(of queries)" 0
tls() {
	in_ns gw "$STOPGAP" servers g0 --json | jq -c '.[] | select(.server == "198.51.100.2").tcp |
		[.tls_reset, .tls_closed, .tls_refused, .tls_silent]'
}
is "and no failure" "$(tls)" '[0,0,0,0]'
check_fails "a client of another version" . in_ns client timeout 30 openssl s_client -tls1_2 -connect 198.51.100.2:853
is "is refused by an alert" "$(tls)" '[0,0,1,0]'
kill -STOP $server
in_ns client timeout 30 openssl s_client -connect 198.51.100.2:853 </dev/null >/dev/null 2>&1 &
client=$!
check "a server that takes it and does nothing" wait_for 20 eval '[ "$(tls)" = "[0,0,1,1]" ]'
kill -KILL $server
wait $server $client 2>/dev/null
is "is told once" "$(tls)" '[0,0,1,1]'
check_fails "nobody there" . in_ns client timeout 30 openssl s_client -connect 198.51.100.2:853
is "is a refusal" "$(of tcp_refused)" 1

# The same by QUIC: a server that wants to see the client's address first is asked twice, one that
# does not know the client's version refuses.
echo hello >"$WORK/hello"
in_ns gw "$STOPGAP" trace g0 --json >"$WORK/quic" 2>"$WORK/quic.err" &
trace=$!
check "trace is there too" wait_for 10 eval '[ "$(counter gw g0 readers)" = 1 ]'
nsenter --net=/run/netns/srv -- gtlsserver -q -V -d "$WORK" 198.51.100.2 853 "$WORK/key" "$WORK/cert" >"$WORK/gtls" 2>&1 &
server=$!
check "a QUIC server" wait_for 20 eval 'in_ns srv ss -Hlun "sport = :853" | grep -q 853'
quic() { in_ns client timeout 30 gtlsclient -q --exit-on-all-streams-close "$@" 198.51.100.2 853 https://198.51.100.2/hello; }
check "a QUIC client" quic
quics() { jq -c 'select(.proto == "udp" and .server_port == 853) | [.state, .copies, .connect_us > 100]' "$WORK/quic"; }
check "is connected after a Retry" wait_for 10 eval '[ "$(quics)" = "[\"connected\",2,true]" ]'
check "its volume too" test "$(in_ns gw "$STOPGAP" servers g0 --json | jq '.[] | select(.server == "198.51.100.2").udp.opaque_bytes')" -gt 5000
check "one of another version" quic --version=0x1a2a3a4a
check "is refused" wait_for 10 eval 'quics | grep -q "refused"'
kill $server $trace
wait $server $trace 2>/dev/null

# A filter that rejects what goes to port 53 over TCP, and says so.
in_ns gw nft -f - <<-END
	table ip rejecting {
		chain f {
			type filter hook forward priority 0;
			tcp dport 53 reject with icmp type admin-prohibited
		}
	}
END
before=$(of icmp_errors)
check_fails "TCP is rejected" . in_ns client dig +tcp +tries=1 +time=3 @198.51.100.2 www.example.test
rejected() { jq -c 'select(.state == "icmp") | [.proto, .server_port, .qname, .icmp_type, .icmp_code, .icmp_from]' "$WORK/trace" | sort -u; }
check "in a record" wait_for 10 eval '[ -n "$(rejected)" ]'
is "that says by whom" "$(rejected)" '["tcp",53,null,3,13,"192.0.2.1"]'
is "the gateway sees it too" "$(($(of tcp_refused) - 1)) $(of tcp_silent)" "$(($(of icmp_errors) - before)) 0"
check "the filter goes" in_ns gw nft delete table ip rejecting

# PACKET records: as many a second as was said, and the rest is counted.
check "three packets a second" tap gw set g0 --snaplen 512 --packet-rate 3
check "a reader of the gateway" start_reader g -v "$(dev_of gw g0)"
asks "$WORK/refused" >/dev/null
check "all records are there" wait_for 10 eval '[ "$(grep -c "^txn .* rcode=5" "$WORK/g.out")" = $N ]'
packets=$(grep -c '^packet' "$WORK/g.out")
check "there are some packets ($packets), and not all" test "$packets" -gt 0 -a "$packets" -lt $((2 * N))
is "the others are counted" $((packets + $(counter gw g0 packets_held))) $((2 * N))

# Tracepoints, with and without a reader.
T=/sys/kernel/tracing
check "the tracepoints are there" test -d $T/events/stopgap/sgap_txn -a -d $T/events/stopgap/sgap_state
echo 1 >$T/events/stopgap/enable
asks "$WORK/refused" >/dev/null
check "transactions" wait_for 10 grep -q 'sgap_txn: .*state=answered rcode=5' $T/trace
# The server was failing by its refusals; good answers change that.
recovers() { asks "$WORK/queries" >/dev/null; grep -q 'sgap_state: .*before=3' $T/trace; }
check "states" wait_for 30 recovers
echo 0 >$T/events/stopgap/enable
check "the sums hold" conserves gw g0
check "the client's too" conserves client c0
check "one tap goes" tap gw del g0
check "the other" tap client del c0
check "trace ends with it" wait_for 10 eval '! kill -0 $trace 2>/dev/null'
finish
