# SPDX-License-Identifier: MIT
"""Options: each is in its manual page, and each of `duet get` in a test.

What options there are the program says itself, as it says it to shells
(cli/complete.h). An option that is new has to be documented and tried.
"""

import ast
import re
from pathlib import Path

import pytest

from conftest import ROOT

HERE = Path(__file__).parent
# These try no option by itself.
NOT_A_TRIAL = {"test_options.py", "test_complete.py", "test_manual.py"}


def offered(duet, *words):
    """What could stand there."""
    done = duet.run("--complete", *words)
    assert (done.exit, done.err) == (0, "")
    return [line.split("\t")[0] for line in done.out.decode().splitlines()]


def tables(duet, *command):
    """The rows of each option table below: [["--output", "-o"], ...]."""
    if not command or offered(duet, *command, ""):
        below = [w for w in offered(duet, *command, "") if w[0] not in ":-"]
    else:
        below = []
    rows = []
    for word in offered(duet, *command, "-"):
        if word.startswith("--"):
            rows.append([word])
        else:
            rows[-1].append(word)
    if command:
        yield from rows
    for name in below:
        yield from tables(duet, *command, name)


def commands_of(duet):
    """Those of the program."""
    return offered(duet, "")


def documented(page):
    """The options that have an entry in a page, alone or with its letter."""
    text = (ROOT / "doc/man" / page).read_text("utf-8")
    entries = []
    for item in re.findall(r"^\.It (Fl .*)", text, re.M):
        if " Ta " in item:
            continue  # a row of the limits
        # "Fl o , -output Ar FILE", "Fl l Ar addr , Fl -listen Ar addr"
        words = re.findall(r"(?:Fl|,(?= -)) (-?[A-Za-z0-9][\w-]*)", item)
        entries += ["-" + word for word in words]
    return set(entries)


def referred(page):
    """The options that a page has in its sentences."""
    text = (ROOT / "doc/man" / page).read_text("utf-8")
    lines = re.findall(r"^\.Fl (.*)$", text, re.M)
    parts = [part.split() for line in lines for part in line.split(",")]
    return {"-" + part[0] for part in parts if part and part[0] != "."}


class TestManual:
    """Pages of section 1."""

    def test_every_command_has_a_page_with_its_options(self, duet):
        assert "get" in commands_of(duet)
        for command in commands_of(duet):
            rows = list(tables(duet, command))
            assert len(rows) > 2
            names = {word for row in rows for word in row}
            page = documented(f"duet-{command}.1")
            if command == "explain":
                page |= referred(f"duet-{command}.1") & names
            common = {"--help", "-h", "--version", "-V"}
            assert names - common == page - common, command

    def test_options_of_several_commands_have_their_entry_in_one(self):
        shared = referred("duet-explain.1") - documented("duet-explain.1")
        assert shared > {"--cacert", "-4", "--ipv4"}
        assert not shared - documented("duet-get.1")

    def test_the_page_of_the_program_names_every_command(self, duet):
        text = (ROOT / "doc/man/duet.1").read_text("utf-8")
        for command in commands_of(duet):
            assert f".It Cm {command}\n" in text
            assert f".Xr duet-{command} 1" in text


def strings_in(node):
    """Every text in a part of a program."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def fetches(path, node):
    """Whether a part of a test has to do with `duet get`: curl has options of
    the same names."""
    return path.name.startswith(("test_get", "test_revocation")) or any(
        (isinstance(part, ast.Attribute) and part.attr == "get")
        or (isinstance(part, ast.Constant) and part.value == "get")
        for part in ast.walk(node)
    )


def trials():
    """(name of a test, the words of its texts), for all that fetch."""
    for path in sorted(HERE.glob("test_*.py")):
        if path.name in NOT_A_TRIAL:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        for part in tree.body:
            inside = part.body if isinstance(part, ast.ClassDef) else [part]
            for node in inside:
                if not fetches(path, node):
                    continue
                name = getattr(node, "name", "what its tests share")
                text = "\n".join(strings_in(node))
                words = re.findall(r"(?<![\w-])--?\w[\w-]*", text)
                yield f"{path.name}::{name}", set(words)


@pytest.fixture(scope="module", name="tried")
def fixture_tried():
    """{word: [tests]}"""
    found = {}
    for name, words in trials():
        for word in words:
            found.setdefault(word, []).append(name)
    return found


class TestTrials:
    """What tests/e2e does with `duet get`."""

    def test_every_option_of_get_is_in_a_test(self, duet, tried):
        table = {
            row[0]: [name for word in row for name in tried.get(word, [])]
            for row in tables(duet, "get")
        }
        assert len(table) > 50
        for option, names in sorted(table.items()):
            print(f"{option:28} {names[0] if names else '-'}")
        assert [option for option in table if not table[option]] == []
