# SPDX-License-Identifier: GPL-2.0-or-later
# link on a simulated card that has what real ones of an emulator lack: pause, forward error
# correction, coalescing, rings and channels. Each change is told, and what is unusual has its
# sentence. The module is not needed.
# in turn on debug: 267 s
# clock: instructions
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
require jq ethtool
modprobe netdevsim 2>/dev/null
[ -e /sys/bus/netdevsim/new_device ] || skip_all "this kernel has no netdevsim (the debug kernel has)"

check "a card of four queues" eval 'echo "7 1 4" >/sys/bus/netdevsim/new_device'
trap 'echo 7 >/sys/bus/netdevsim/del_device' EXIT
driver_of() { ethtool -i "$1" 2>/dev/null | sed -n 's/^driver: //p'; }
simulated() {
	local dev
	for dev in $(ip -br link | sed 's/[ @].*//'); do
		[ "$(driver_of "$dev")" != netdevsim ] || echo "$dev"
	done
}
there_is() { [ -n "$(simulated)" ]; }
check "is there" wait_for 10 there_is
dev=$(simulated)
[ -n "$dev" ] || fail_all "it has a name" "$(ip -br link)"
check "up" ip link set "$dev" up

"$STOPGAP" link "$dev" --changes -i 100ms -j >"$WORK/changes" &
watcher=$!
# told WHAT BEFORE AFTER: a change was
told() { jq -r '"\(.what)|\(.before)|\(.after)"' "$WORK/changes" | grep -qxF "$1|$2|$3"; }
mtu=1400
watching() {
	ip link set "$dev" mtu $mtu
	mtu=$((2900 - mtu))
	[ -s "$WORK/changes" ]
}
check "somebody watches" wait_for 20 watching

# change WHAT BEFORE AFTER COMMAND...
change() {
	check "${*:4}" "${@:4}"
	check "is told: $1" wait_for 20 told "$1" "$2" "$3"
}
# says ABOUT WEIGHT WORDS: there is such a sentence
says() {
	is "and has its sentence" \
		"$("$STOPGAP" link "$dev" -i 100ms -j | jq -r ".unusual[] | select(.about == \"$1\") | .weight")" "$2"
	check "with the words" grep -qF "$3" <("$STOPGAP" link "$dev" -i 100ms)
}
change pause.rx off on ethtool -A "$dev" rx on
says pause note 'never asks for one itself'
change pause.tx off on ethtool -A "$dev" tx on
is "both ways is usual" "$("$STOPGAP" link "$dev" -i 100ms -j | jq -c '[.unusual[] | select(.about == "pause")]')" '[]'
change coalescing.tx_usecs '0 us' '5000 us' ethtool -C "$dev" tx-usecs 5000
says tx_usecs warning 'told up to 5000 us late'
change coalescing.rx_usecs '0 us' '2000 us' ethtool -C "$dev" rx-usecs 2000
says rx_usecs warning 'held back for 2000 us'
change rings.rx "$("$STOPGAP" link "$dev" -i 100ms -j | jq -r .rings.rx)" 128 ethtool -G "$dev" rx 128
change channels.combined 4 1 ethtool -L "$dev" combined 1
says combined note 'one channel of 4'
check "ethtool --set-fec $dev encoding rs" ethtool --set-fec "$dev" encoding rs
is "as ethtool says" "$(ethtool --show-fec "$dev" | sed -n 's/^Active FEC encodings\?: //p')" RS
change fec.active RS BASER ethtool --set-fec "$dev" encoding baser
kill $watcher
wait $watcher
finish
