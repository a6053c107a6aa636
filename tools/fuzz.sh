#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh BUILD SECONDS - run every fuzz target so long, as many at once as
# there are cores. What it learns stays in BUILD/corpus; an input that breaks
# a target is kept in BUILD/findings and fails the run.
set -eu
cd "$(dirname "$0")/.." || exit 1

build=$1
seconds=$2
mkdir -p "$build/findings" "$build/corpus"

# one TARGET: name without directory
one()
{
	learned=$build/corpus/$1
	seeds=tests/fuzz/corpus/${1#fuzz_}
	mkdir -p "$learned"
	[ -d "$seeds" ] || seeds=
	# shellcheck disable=SC2086 # none or one word
	"$build/tests/fuzz/$1" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix="$build/findings/$1-" \
		"$learned" $seeds >"$build/$1.log" 2>&1
}

targets=$(find "$build/tests/fuzz" -maxdepth 1 -type f -name 'fuzz_*' \
	-perm -u+x | sed 's,.*/,,' | sort)
[ -n "$targets" ] || {
	echo "fuzz: no targets in $build/tests/fuzz" >&2
	exit 1
}

failed=
running=
limit=$(nproc)
finish()
{
	for pair in $running; do
		if wait "${pair#*:}"; then
			runs=$(sed -n 's/^stat::number_of_executed_units: //p' \
				"$build/${pair%%:*}.log")
			echo "${pair%%:*}: no finding in $runs runs"
		else
			failed="$failed ${pair%%:*}"
			echo "${pair%%:*}: FOUND SOMETHING"
			tail -n 40 "$build/${pair%%:*}.log" | sed 's/^/    /'
		fi
	done
	running=
}

for target in $targets; do
	one "$target" &
	running="$running $target:$!"
	# shellcheck disable=SC2086
	set -- $running
	[ $# -lt "$limit" ] || finish
done
finish

[ -z "$failed" ] || {
	echo "fuzz: inputs are in $build/findings:$failed" >&2
	exit 1
}
