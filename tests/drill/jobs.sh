# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Several runs at a time, of drill and matrix; "record ARGUMENT..." is the caller's and makes one.
pids=() failed=0

# Whoever ends the caller ends the runs too; each then takes its network down.
trap 'trap - INT TERM; kill -TERM $(jobs -p) 2>/dev/null; wait; exit 130' INT TERM

# try ARGUMENT...: once more when it failed, since machines are busy at times
try() (
	for _ in 1 2; do
		record "$@" &
		run=$!
		trap 'kill -TERM $run 2>/dev/null; wait $run; exit 130' INT TERM
		wait $run && exit 0
	done
	exit 1
)

# reap: one of those that run has ended
reap() {
	local ended='' pid rest=()
	wait -n -p ended "${pids[@]}" || failed=$((failed + 1))
	[ -n "${ended:-}" ] || { pids=(); return; }
	for pid in "${pids[@]}"; do [ "$pid" = "$ended" ] || rest+=("$pid"); done
	pids=("${rest[@]}")
}

# start JOBS ARGUMENT...: a run, when fewer than so many are under way
start() {
	while [ ${#pids[@]} -ge "$1" ]; do reap; done
	try "${@:2}" &
	pids+=($!)
}

# failures: waits for all runs; $failed of them failed
failures() {
	while [ ${#pids[@]} -gt 0 ]; do reap; done
}
