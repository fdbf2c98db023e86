# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# bash completion of stopgap. The words come from the command's own table
# (stopgap help --bash), put in when it is built.
declare -gA _stopgap_verbs=() _stopgap_opts=() _stopgap_args=() _stopgap_value=()
@WORDS@

# What kind of word is wanted -> candidates.
_stopgap_kind()
{
	case $1 in
	file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	dev)
		mapfile -t COMPREPLY < <(cd /sys/class/net && compgen -f -- "$cur")
		;;
	netns)
		mapfile -t COMPREPLY < <(cd /run/netns 2>/dev/null && compgen -f -- "$cur")
		;;
	esac
}

_stopgap()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local path=${COMP_WORDS[1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "${!_stopgap_verbs[*]} --help --version" -- "$cur")
		return
	fi
	[ -n "${_stopgap_verbs[$path]+set}" ] || return
	if [ -n "${_stopgap_verbs[$path]}" ]; then
		if [ "$COMP_CWORD" -eq 2 ]; then
			mapfile -t COMPREPLY < <(compgen -W "${_stopgap_verbs[$path]} --help" -- "$cur")
			return
		fi
		path="$path ${COMP_WORDS[2]}"
	fi
	if [ -n "${_stopgap_value[$path $prev]:-}" ]; then
		_stopgap_kind "${_stopgap_value[$path $prev]}"
		return
	fi
	case $cur in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "${_stopgap_opts[$path]:-}" -- "$cur")
		;;
	*)
		if [ "$path" = help ]; then
			mapfile -t COMPREPLY < <(compgen -W "${!_stopgap_verbs[*]}" -- "$cur")
		else
			_stopgap_kind "${_stopgap_args[$path]:-none}"
		fi
		;;
	esac
}
complete -F _stopgap stopgap
