# SPDX-License-Identifier: MIT
"""The tools of the house can fail: each is shown a planted fault."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*words, cwd=ROOT):
    """Run a tool; its status and what it said."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def plant(root, files):
    """Write {name: text} below root."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class TestIncludes:
    """tools/check-includes.py"""

    def check(self, root):
        """Run it over a planted tree."""
        return run(sys.executable, ROOT / "tools/check-includes.py", root)

    def test_accepts_this_tree(self):
        assert self.check(ROOT) == (0, "")

    @pytest.mark.parametrize(
        "name, text, words",
        [
            ("src/http/a.c", '#include "tls/x.h"\n', "may not include tls/"),
            ("src/base/a.c", '#include "net/x.h"\n', "may not include net/"),
            ("src/server/a.c", '#include "client/x.h"\n', "may not include"),
            ("src/client/a.c", '#include "server/x.h"\n', "may not include"),
            ("src/cli/a.c", '#include "tls/x.h"\n', "may not include tls/"),
            ("src/http/a.c", "#include <openssl/ssl.h>\n", "spoken only in"),
            ("src/tls/a.c", "#include <uv.h>\n", "spoken only in net"),
            ("src/net/a.c", "#include <jansson.h>\n", "spoken only in"),
            ("src/tls/a.c", '#include "cert/pem_int.h"\n', "internal to"),
            ("src/tls/a.c", '#include "near.h"\n', "room/file.h"),
            ("src/attic/a.c", "#include <errno.h>\n", "table of rooms"),
            ("include/duet/a.h", "#include <uv.h>\n", "public header"),
            ("include/duet/a.h", '#include "base/buf.h"\n', "public header"),
            ("examples/a.c", '#include "base/buf.h"\n', "users include"),
        ],
    )
    def test_refuses(self, tmp_path, name, text, words):
        plant(tmp_path, {name: text})
        status, said = self.check(tmp_path)
        assert status == 1
        assert words in said

    def test_refuses_a_cycle(self, tmp_path):
        plant(
            tmp_path,
            {
                "src/base/a.h": '#include "base/b.h"\n',
                "src/base/b.h": '#include "base/a.h"\n',
            },
        )
        status, said = self.check(tmp_path)
        assert status == 1
        assert "base/a.h -> base/b.h -> base/a.h" in said

    def test_wants_the_own_header_first(self, tmp_path):
        plant(
            tmp_path,
            {
                "src/base/a.h": "",
                "src/base/a.c": '#include <errno.h>\n#include "base/a.h"\n',
            },
        )
        status, said = self.check(tmp_path)
        assert status == 1
        assert "base/a.h must come first" in said


class TestText:
    """tools/check-text.py"""

    LICENCE = "/* SPDX-License-Identifier: MIT */\n"

    def check(self, root, name, text):
        """Run it over a repository of one file."""
        run("git", "init", "-q", root)
        plant(root, {name: text})
        return run(sys.executable, ROOT / "tools/check-text.py", root)

    @pytest.mark.parametrize(
        "name, text",
        [
            ("a.md", "one line\n"),
            ("a.c", LICENCE + "/* no strcpy() here */\n"),
            ("a.c", LICENCE + 'const char *s = "// gets(x)";\n'),
            ("a.c", LICENCE + "x = snprintf(a, 1, b) + my_strcpy(c);\n"),
        ],
    )
    def test_accepts(self, tmp_path, name, text):
        assert self.check(tmp_path, name, text) == (0, "")

    @pytest.mark.parametrize(
        "name, text, words",
        [
            ("a.md", "blank \n", "a.md:1: blanks at the end"),
            ("a.md", "one\r\n", "a.md:1: ends in CR LF"),
            ("a.md", "no newline", "a.md:1: no newline"),
            ("a.md", "zero\u200bwidth\n", "a.md:1: invisible"),
            ("a.c", "int a;\n", "no SPDX"),
            ("a.c", LICENCE + "int a; // why\n", "a.c:2: write /* */"),
            ("a.c", LICENCE + "\n\tstrcpy(a, b);\n", "a.c:3: strcpy()"),
            ("a.c", LICENCE + "x = atoi (y);\n", "a.c:2: atoi() is banned"),
            ("a.c", LICENCE + "\n" * 800, "more than 800 lines"),
        ],
    )
    def test_refuses(self, tmp_path, name, text, words):
        status, said = self.check(tmp_path, name, text)
        assert status == 1
        assert words in said


class TestExports:
    """tools/check-exports.sh"""

    HEADER = (
        '#define DUET_API __attribute__((visibility("default")))\n'
        "/* It is *not* that duet_comment() is declared DUET_API. */\n"
        "struct duet_a { int b; };\n"
        "DUET_API\nint\nduet_one(int (*fn)(int a), int b);\n"
        "DUET_API const char *duet_two(void);\n"
    )

    def check(self, root, code):
        """Compile a library and run it over that."""
        plant(root, {"a.h": self.HEADER, "a.c": '#include "a.h"\n' + code})
        status, said = run(
            "cc", "-shared", "-fPIC", "-o", "liba.so", "a.c", cwd=root
        )
        assert status == 0, said
        return run(ROOT / "tools/check-exports.sh", "liba.so", "a.h", cwd=root)

    ONE = "int duet_one(int (*fn)(int a), int b) { return fn(b); }\n"
    TWO = 'const char *duet_two(void) { return ""; }\n'

    def test_accepts_what_matches(self, tmp_path):
        assert self.check(tmp_path, self.ONE + self.TWO) == (0, "")

    def test_refuses_one_that_is_missing(self, tmp_path):
        status, said = self.check(tmp_path, self.ONE)
        assert status == 1
        assert said.startswith("duet_two: declared")

    def test_refuses_one_too_many(self, tmp_path):
        extra = "int duet_three(void) { return 3; }\n"
        status, said = self.check(tmp_path, self.ONE + self.TWO + extra)
        assert status == 1
        assert said.startswith("duet_three: exported")


class TestCheck:
    """tools/check.sh"""

    def test_runs_one_alone(self):
        status, said = run(ROOT / "tools/check.sh", "layers")
        assert status == 0, said
        assert said.endswith("check: 1 passed\n")

    def test_refuses_a_name_that_is_none(self):
        status, said = run(ROOT / "tools/check.sh", "layers", "everything")
        assert status == 1
        assert "there is no check 'everything'; there are: format " in said


class TestMan:
    """tools/check-man.py"""

    HEADER = (
        "/* It is *not* that duet_comment() is declared DUET_API. */\n"
        "#define DUET_API\n"
        "#define DUET_A(x) (x)\n"
        "enum duet_kind { DUET_KIND_ONE };\n"
        "typedef int duet_done_fn(void *arg);\n"
        "struct duet_thing {\n"
        "\tint count; /* not a width; */\n"
        "\tuint8_t sum[32];\n"
        "\tvoid (*call)(int a);\n"
        "};\n"
        "DUET_API DUET_CHECK int duet_one(int (*fn)(int a), int b);\n"
        "DUET_API const char *duet_two(\n\tvoid);\n"
    )
    PAGE = (
        ".Sh NAME\n%s\n.Nd what it does\n.Sh SYNOPSIS\n.Nm duet_x\n"
        ".Fn duet_done_fn\n.Fn DUET_A\n.Dv DUET_KIND_ONE\n"
        ".Vt struct duet_thing\n.It Va count , sum\n"
        ".Bd -literal\n\tvoid (*call)(int a);\n.Ed\n"
    )

    def check(self, root, pages, page=PAGE):
        """Run it over a header and pages of these names."""
        plant(root, {"include/duet/a.h": self.HEADER})
        for name, names in pages.items():
            said = " ,\n".join(f".Nm {word}" for word in names.split())
            plant(root, {f"doc/man/{name}.3": page % said})
        return run(sys.executable, ROOT / "tools/check-man.py", root)

    def test_accepts_this_tree(self):
        tool = ROOT / "tools/check-man.py"
        assert run(sys.executable, tool, ROOT) == (0, "")

    def test_accepts_what_matches(self, tmp_path):
        pages = {"a": "duet_one", "b": "libduet duet_two"}
        assert self.check(tmp_path, pages) == (0, "")

    @pytest.mark.parametrize(
        "pages, words",
        [
            ({"a": "duet_one"}, "a.h: duet_two: in NAME of no page"),
            (
                {"a": "duet_one duet_two", "b": "duet_two"},
                "a.h: duet_two: in NAME of a.3, b.3\n",
            ),
            (
                {"a": "duet_one duet_two duet_three"},
                "a.3: duet_three: no header declares it",
            ),
        ],
    )
    def test_refuses_names(self, tmp_path, pages, words):
        status, said = self.check(tmp_path, pages)
        assert status == 1
        assert words in said

    @pytest.mark.parametrize(
        "gone, name",
        [
            (".Fn duet_done_fn\n", "duet_done_fn"),
            (".Fn DUET_A\n", "DUET_A"),
            (".Dv DUET_KIND_ONE\n", "DUET_KIND_ONE"),
            (".It Va count , sum\n", "duet_thing.count"),
            ("\tvoid (*call)(int a);\n", "duet_thing.call"),
            (".Vt struct duet_thing\n", "duet_thing.sum"),
        ],
    )
    def test_refuses_to_leave_out(self, tmp_path, gone, name):
        page = self.PAGE.replace(gone, "")
        status, said = self.check(tmp_path, {"a": "duet_one duet_two"}, page)
        assert status == 1
        assert f"a.h: {name}: in no page of doc/man\n" in said


class TestCount:
    """tools/count-tests.py"""

    REPORT = (
        "<testsuites><testsuite name='a'>"
        "<testcase name='good'/><testcase name='better'/>"
        "<testcase name='away'><skipped message='no peer'/></testcase>"
        "%s</testsuite></testsuites>"
    )

    def count(self, root, more, *options):
        """Run it over one report."""
        plant(root, {"a.xml": self.REPORT % more})
        tool = ROOT / "tools/count-tests.py"
        status, said = run(sys.executable, tool, *options, root / "a.xml")
        return status, said.splitlines()

    def test_ends_with_the_line(self, tmp_path):
        status, said = self.count(tmp_path, "")
        assert status == 0
        assert said == ["skipped: away: no peer", "2 passed, 0 failed"]

    @pytest.mark.parametrize("kind", ["failure", "error"])
    def test_a_failed_test_fails(self, tmp_path, kind):
        status, said = self.count(
            tmp_path, f"<testcase name='bad'><{kind}/></testcase>"
        )
        assert status == 1
        assert said[-2:] == ["failed: bad", "2 passed, 1 failed"]

    def test_a_failed_run_fails(self, tmp_path):
        status, said = self.count(tmp_path, "", "--failed=yes")
        assert status == 1
        assert said[-1] == "2 passed, 1 failed"

    def test_a_missing_report_fails(self, tmp_path):
        tool = ROOT / "tools/count-tests.py"
        status, said = run(sys.executable, tool, tmp_path / "none.xml")
        assert status == 1
        assert said.endswith("0 passed, 1 failed\n")


def test_the_page_of_dev_run_names_what_is_served(tmp_path):
    page = "examples/site/index.html"
    shutil.copytree(ROOT / "examples/site", tmp_path / "examples/site")
    plant(tmp_path, {"build/site/large.bin": "not made anew"})
    text = (ROOT / "dev").read_text("utf-8")
    function = re.search(r"^make_site\(\).*?^}$", text, re.M | re.S)[0]
    assert run("sh", "-euc", function + "\nmake_site", cwd=tmp_path) == (0, "")
    served = (tmp_path / "build/site/index.html").read_text("utf-8")
    given = (ROOT / page).read_text("utf-8")
    assert served == given.replace("examples/site", "build/site")
    assert "duet serve build/site" in served
    assert (tmp_path / "build/site/large.bin").stat().st_size == 13
