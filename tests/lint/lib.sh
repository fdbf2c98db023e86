# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the checks share. Sourced by each of them, from the top of the tree.
# A check prints what it finds, one "FILE:LINE: what" per line, and exits
# non-zero when it found something.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
B=${B:-$PWD/build}
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT

# What was clean is remembered: an empty file for each, named by a hash of all
# that the check looks at. What was not used for a month is forgotten.
remembered=${STOPGAP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/stopgap}/clean
mkdir -p "$remembered" || exit 2
find "$remembered" -type f -mtime +30 -delete

# clean_before TOOL FILE...: did this check, as it is written now and with this
# version of its tool, find nothing in the same files before?
clean_before() {
	key=$remembered/$(basename "$0").$({ echo "$1"; sha256sum "$0" tests/lint/lib.sh "${@:2}"; } |
		sha256sum | cut -c1-40)
	[ -e "$key" ] && touch "$key"
}

# it_is_clean: nothing was found after clean_before said no.
it_is_clean() { : >"$key"; }

# files PATTERN...: what git knows or would take, as git pathspecs. A scratch
# copy without .git is listed by find.
# shellcheck disable=SC2120 # without arguments: all
files() {
	git ls-files -co --exclude-standard -- "$@" | sort -u | while read -r f; do
		[ ! -f "$f" ] || echo "$f"
	done
}

# scripts: everything that a shell runs.
scripts() {
	mapfile -t all < <(files ':!*/corpus/*' ':!*.pcap*')
	awk 'FNR > 1 { nextfile }
		FILENAME ~ /\.(sh|bash)$/ || /^#!.*[\/ ](ba|da)?sh( |$)/ { print FILENAME }' "${all[@]}"
}

# compile_commands: what make would run to compile userspace, the unit tests and the fuzzing
# harnesses. What they include and is made from other files is made first.
compile_commands() {
	make userspace-gen B="$scratch/b" >/dev/null || return
	make -nB userspace unit fuzz-replay fuzz-frames CC=gcc B="$scratch/b"
}

# compile_flags: "FILE<TAB>FLAGS" for each file compiled, with those of the first command that does.
compile_flags() {
	compile_commands >"$scratch/commands" || return
	# What a harness asks pkg-config for, the shell would say.
	sed -i "s|[$](pkg-config [^)]*)|$(pkg-config --cflags libnl-genl-3.0)|" "$scratch/commands"
	awk '
	/(^|[ \/])(gcc|clang-14) / {
		flags = ""
		for (i = 1; i <= NF; i++)
			if ($i ~ /^-([ID]|std=|isystem|include)/) flags = flags " " $i
		for (i = 1; i <= NF; i++)
			if ($i ~ /\.c$/ && $i !~ /\/gen\// && !seen[$i]++) print $i "\t" flags
	}' "$scratch/commands"
}

# each_source COMMAND TOOL: runs "COMMAND FILE FLAGS..." for every compiled file, and
# prints what it says. A file that was clean with the same contents, flags, headers and
# version of the tool is not looked at again.
each_source() {
	local salt
	[ -n "$2" ] || { echo "tests/lint/checks/$(basename "$0"):1: its tool is not there"; return; }
	salt=$(echo "$2"; declare -f "$1"; cat tests/lint/clang-tidy.yaml tests/lint/cppcheck.cfg; dpkg-query -W '*-dev')
	if ! compile_flags >"$scratch/named" || ! python3 tests/lint/closure.py "$salt" <"$scratch/named" >"$scratch/flags" ||
			[ ! -s "$scratch/flags" ]; then
		echo "tests/lint/closure.py:1: what the sources include cannot be said"
		return
	fi
	each_new "$1" <"$scratch/flags"
}

# each_new COMMAND <LINES: the same for lines "HASH<TAB>FILE<TAB>FLAGS" (FLAGS not empty), where
# HASH is of all that the command looks at.
each_new() {
	local hash file flags old=()
	while IFS=$'\t' read -r hash file flags; do
		if [ -e "$remembered/$1.$hash" ]; then
			old+=("$remembered/$1.$hash")
		else
			printf '%s\n%s\n%s\n' "$remembered/$1.$hash" "$file" "$flags"
		fi
	done >"$scratch/new"
	[ ${#old[@]} -eq 0 ] || touch "${old[@]}"
	export -f each_one "${1?}"
	# shellcheck disable=SC2016 # the inner shell expands them
	xargs -r -d '\n' -n 3 -P "$(nproc)" bash -c 'each_one "$@"' _ "$1" <"$scratch/new"
}

each_one() {	# COMMAND REMEMBERED FILE FLAGS
	local flags=() said
	read -ra flags <<<"$4"
	said=$("$1" "$3" "${flags[@]}" 2>&1)
	if [ -z "$said" ]; then : >"$2"; else printf '%s\n' "$said"; fi
}

# linux_source: prints the folder that holds scripts/ of the kernel's source.
linux_source() {
	local tar dir version
	tar=$(find /usr/src -maxdepth 1 -name 'linux-source-6.12.tar.*' | head -n 1)
	if [ -z "$tar" ]; then
		echo "no linux-source-6.12 in /usr/src: run make deps" >&2
		return 1
	fi
	version=$(dpkg-query -W -f='${Version}' linux-source-6.12)
	dir=${XDG_CACHE_HOME:-${HOME:-/var/cache}/.cache}/stopgap/lint/${version//[^a-zA-Z0-9.+]/_}
	if [ ! -e "$dir/.complete" ]; then
		mkdir -p "$dir"
		tar -xaf "$tar" -C "$dir" --strip-components=1 --wildcards \
			'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
			'*/scripts/const_structs.checkpatch' '*/scripts/coccinelle/*' || return 1
		: >"$dir/.complete"
	fi
	echo "$dir"
}
