#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh [NAME...] - every check that needs no run of the program, the fast
# ones first, a line each; the output of one that fails follows its line.
# Called by ./dev check, which installs what is needed.
set -u
cd "$(dirname "$0")/.." || exit 1

python=/usr/bin/python3
wanted=$*
known=
failed=
passed=0
jobs=$(nproc)
log=build/check.log
mkdir -p build

# files PATTERN...: what git knows of, also what is not committed yet
files()
{
	git ls-files -co --exclude-standard -- "$@" | while read -r name; do
		[ -f "$name" ] && printf '%s\n' "$name"
	done
}

c_files()
{
	files '*.c' '*.h' '*.cc'
}

# check NAME COMMAND...
check()
{
	name=$1
	shift
	known="$known $name"
	case " $wanted " in
	'  ' | *" $name "*) ;;
	*) return ;;
	esac
	began=$(date +%s)
	if "$@" >"$log" 2>&1; then
		result=ok
		passed=$((passed + 1))
	else
		result=FAILED
		failed="$failed $name"
	fi
	printf '%-14s %-6s %3ds\n' "$name" "$result" \
		"$(($(date +%s) - began))"
	[ "$result" = ok ] || sed 's/^/    /' "$log"
}

c_format()
{
	c_files | xargs clang-format --dry-run -Werror
}

layers()
{
	"$python" -B tools/check-includes.py .
}

text()
{
	"$python" -B tools/check-text.py .
}

scripts()
{
	files '*.sh' '*.bash' dev .ci/run | xargs shellcheck
}

python_format()
{
	files '*.py' | xargs black --quiet --check --diff
}

python_lint()
{
	files '*.py' | xargs flake8
}

spelling()
{
	files '*.md' '*.c' '*.h' '*.py' '*.sh' '*.[1-8]' '*.build' dev |
		xargs codespell --ignore-words tools/codespell.txt
}

# mandoc's -Wstyle wants a page's date in the past of this machine's clock, and
# looks for the pages that are referred to where it stands. Those of others may
# not be installed.
manual_pages()
(
	cd doc/man || return 1
	files '*.[1-8]' | xargs mandoc -Tlint -Wstyle |
		sed '/manual not found: Xr duet/b
			/manual not found/d
			/outdated mandoc.db/d' >"$OLDPWD/build/man.log"
	cat "$OLDPWD/build/man.log"
	[ ! -s "$OLDPWD/build/man.log" ]
)

# At 80 columns no line is longer, as mandoc and as groff set it: a cell of a
# table that groff cannot fit is broken into single words.
manual_widths()
{
	files '*.[1-8]' | while read -r page; do
		{
			mandoc -Tascii "$page"
			groff -mandoc -t -Tascii -P-cbou -rLL=80n -ww "$page" 2>&1
		} | awk -v page="$page" '
			{ gsub(/.\b/, "") } # bold and underlined
			length > 80 || /: warning/ { print page ": " $0 }'
	done >build/man.log
	cat build/man.log
	[ ! -s build/man.log ]
}

headers_in_manual()
{
	"$python" -B tools/check-man.py .
}

# As other compilers see it: clang with every warning an error, of which none
# comes from its optimizer. Its database of commands is what clang-tidy reads.
set_up_clang()
{
	if [ -f build/clang/build.ninja ]; then
		ninja -C build/clang build.ninja # files may have come
	else
		CC=clang CXX=clang++ meson setup build/clang --werror \
			-Db_lundef=false -Doptimization=0
	fi
}

compile_clang()
{
	set_up_clang && ninja -C build/clang
}

exports()
{
	set_up_clang &&
		meson compile -C build/clang duet:shared_library &&
		tools/check-exports.sh build/clang/src/libduet.so \
			include/duet/*.h
}

c_checker()
{
	cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
		--enable=warning,performance,portability -j "$jobs" \
		--suppressions-list=tools/cppcheck.txt \
		-I include -I src -I tests --library=posix \
		src examples tests bench
}

c_tidy()
{
	set_up_clang || return 1
	files 'src/*.c' 'examples/*.c' 'tests/*.c' 'bench/*.c' |
		grep -v '^tests/headers/' |
		xargs -n 3 -P "$jobs" clang-tidy --quiet -p build/clang
}

check format c_format
check layers layers
check text text
check shell scripts
check python-format python_format
check python-lint python_lint
check spelling spelling
check man manual_pages
check man-width manual_widths
check man-names headers_in_manual
check clang compile_clang
check exports exports
check cppcheck c_checker
check tidy c_tidy

for name in $wanted; do
	case " $known " in
	*" $name "*) ;;
	*)
		echo "check: there is no check '$name'; there are:$known" >&2
		failed="$failed $name"
		;;
	esac
done
if [ -n "$failed" ]; then
	echo "check: $passed passed; failed:$failed"
	exit 1
fi
echo "check: $passed passed"
