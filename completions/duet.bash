# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What duet(1) takes at the cursor, for bash: the program itself is asked, so
# that nothing here has to be kept up to date.

# The command line up to the cursor as the program would see it, in $words. bash
# has broken its own words at each of "=:@" too.
_duet_words()
{
	local rest=${COMP_LINE:0:COMP_POINT} part i

	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		part=${rest##[[:blank:]]*}
		if [[ $i = 0 || -z $part ]]; then
			rest=${rest#"${rest%%[![:blank:]]*}"}
			words+=("")
		fi
		part=${COMP_WORDS[i]}
		[[ $i != "$COMP_CWORD" ]] || part=$rest
		words[-1]+=$part
		rest=${rest#"$part"}
	done
	broken=$part
}

_duet()
{
	local words=() broken='' kept line path prefix IFS=$'\n'

	_duet_words
	kept=${words[-1]%"$broken"}
	case $broken in
	[=:]) kept+=$broken ;;
	esac
	kept=${kept%@} # readline takes that back into what it replaces
	COMPREPLY=()
	while read -r line; do
		case $line in
		:files*)
			compopt -o filenames
			prefix=${line#":files "}
			while read -r path; do
				path=$prefix$path
				COMPREPLY+=("${path#"$kept"}")
			done < <(compgen -f -- "${words[-1]#"$prefix"}")
			;;
		:directories*)
			compopt -o filenames
			prefix=${line#":directories "}
			while read -r path; do
				path=$prefix$path
				COMPREPLY+=("${path#"$kept"}")
			done < <(compgen -d -- "${words[-1]#"$prefix"}")
			;;
		*)
			line=${line%%$'\t'*}
			COMPREPLY+=("${line#"$kept"}")
			;;
		esac
	done < <("${words[0]/#\~\//$HOME/}" --complete "${words[@]:1}" 2>/dev/null)
	[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *[=:] ]] ||
		compopt -o nospace
}

complete -F _duet duet
