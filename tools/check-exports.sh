#!/bin/sh
# SPDX-License-Identifier: MIT
# check-exports.sh LIBRARY HEADER... - the shared library exports what the
# public headers declare DUET_API, and nothing else.
set -eu

if [ $# -lt 2 ]; then
	echo "usage: $0 LIBRARY HEADER..." >&2
	exit 2
fi
library=$1
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Comments and macros away, one declaration a line, the name before the first
# bracket.
cat "$@" | sed '/^#/d' | tr '\n\t' '  ' |
	sed -E 's,/\*([^*]|\*+[^*/])*\*+/,,g' | tr '{};' '[\n*]' |
	sed -n 's/^.*DUET_API[^(]*[ *]\(duet_[a-z0-9_]*\)(.*$/\1/p' |
	sort -u >"$work/declared"

nm -D --defined-only "$library" |
	awk '$2 ~ /^[A-Z]$/ && $2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	sort -u >"$work/exported"

failed=no
for name in $(comm -13 "$work/declared" "$work/exported"); do
	echo "$name: exported, but no public header declares it DUET_API"
	failed=yes
done
for name in $(comm -23 "$work/declared" "$work/exported"); do
	echo "$name: declared DUET_API, but $library does not export it"
	failed=yes
done
if ! [ -s "$work/exported" ]; then
	echo "$library: exports nothing"
	failed=yes
fi
[ "$failed" = no ]
