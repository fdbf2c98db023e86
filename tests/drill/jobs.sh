# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Several runs at a time, of drill and matrix; "record ARGUMENT..." is the caller's and makes one.
pids=()

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

# start JOBS ARGUMENT...: a run, when fewer than so many are under way
start() {
	while [ "$(jobs -rp | wc -l)" -ge "$1" ]; do wait -n; done
	try "${@:2}" &
	pids+=($!)
}

# failures: waits for all runs; $failed of them failed
failures() {
	local p
	failed=0
	for p in "${pids[@]}"; do wait "$p" || failed=$((failed + 1)); done
}
