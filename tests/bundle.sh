# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A bundle held to its own README, by the programs that this names and no others. $work is a
# folder to do it in.
# shellcheck disable=SC2154 # work is set by who sources it

# bundle_tools: the only programs there are: openssl, coreutils
bundle_tools() {
	local p
	mkdir "$work/bin" "$work/check" || return
	for p in openssl $(dpkg -L coreutils | sed -n 's|^.*/bin/||p'); do
		ln -s "$(command -v "$p")" "$work/bin/$p" 2>/dev/null
	done
	test -x "$work/bin/openssl" -a -x "$work/bin/sha256sum"
}

# bundle_commands README: its first part as $work/1.sh, its second as $work/2.sh
bundle_commands() {
	sed -n '/^1\./,/^2\./s/^    //p' "$1" >"$work/1.sh"
	sed -n '/^2\./,/^3\./s/^    //p' "$1" >"$work/2.sh"
	test -s "$work/1.sh" -a -s "$work/2.sh"
}

# bundle_holds FILE: by the first part; $work/check has the key
bundle_holds() {
	ln -sf "$1" "$work/check/bundle.tar"
	(cd "$work/check" && PATH=$work/bin exec /bin/sh "$work/1.sh") >"$work/out" 2>&1
}

# bundle_flip FILE POSITION: $work/flipped is FILE with that byte changed
bundle_flip() {
	cp "$1" "$work/flipped"
	printf "\\x$(printf %02x $((0x$(od -An -tx1 -j "$2" -N 1 "$1" | tr -d ' ') ^ 4)))" |
		dd of="$work/flipped" bs=1 seek="$2" conv=notrunc status=none
}

# bundle_members FILE: "NAME POSITION LENGTH" of each, its header before the position
bundle_members() {
	local at=0 len name
	while name=$(dd if="$1" bs=1 skip=$at count=100 status=none | tr -d '\0') && [ -n "$name" ]; do
		len=$((8#$(dd if="$1" bs=1 skip=$((at + 124)) count=11 status=none)))
		echo "$name $((at + 512)) $len"
		at=$((at + 512 + (len + 511) / 512 * 512))
	done
}
