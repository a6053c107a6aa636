# SPDX-License-Identifier: MIT
"""`duet get` on a terminal: the bar, the summary, and what is not shown."""

import subprocess
import threading

import pytest

from support.answers import Answers, answer, fin
from support.terminal import OnTerminal
from support.wire import LIMIT_S, server_context

HALF = b"x" * 300000


@pytest.fixture(name="context")
def fixture_context(identity):
    """A server's."""
    return server_context(identity)


@pytest.fixture(name="run")
def fixture_run(duet, ca):
    """Runs duet get on a terminal of its own."""

    def run(*words, columns=80, stdout=None, watch=None, **env):
        everything = dict(duet.env, TERM="xterm", LC_ALL="C")
        everything.pop("NO_COLOR", None)
        everything.update(env)
        return OnTerminal(
            [duet.path, "get", "--cacert", ca.file, *words],
            everything,
            duet.home,
            columns,
            stdout,
            watch,
        )

    return run


@pytest.fixture(name="slow")
def fixture_slow(context, run):
    """A download whose second half comes when the first has been shown."""

    def slow(*words, ending=None, known=True, **more):
        shown = threading.Event()

        def pieces(_):
            if known:
                yield answer(HALF, length=2 * len(HALF))
            else:
                yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + HALF
            assert shown.wait(LIMIT_S)
            yield ending or HALF
            if not known:
                yield lambda wire: wire.close_notify()
                yield fin

        def watch(data):
            if (b" 50%" if known else b"293 KiB") in data:
                shown.set()

        with Answers(context, pieces) as s:
            return run(*words, s.url + "file", watch=watch, **more)

    return slow


class TestBar:
    """The line of progress."""

    def test_shows_how_far_it_is_and_stays_as_a_summary(self, slow):
        done = slow("-o", "name")
        assert done.exit == 0
        bar = next(state for state in done.states if "%" in state)
        assert bar.startswith("name   50%  [")
        assert "293 KiB of 586 KiB" in bar
        assert len(done.lines) == 1
        assert done.lines[0].startswith("name  586 KiB in ")
        assert done.lines[0].endswith(", whole by Content-Length")

    @pytest.mark.parametrize("columns", [20, 40, 80, 200])
    def test_never_fills_the_line(self, slow, columns):
        done = slow("-o", "a-rather-long-name-of-a-file", columns=columns)
        assert done.exit == 0
        for state in done.states[:-1]:
            assert len(state) < columns

    def test_an_unknown_length_has_no_bar(self, slow):
        done = slow("-o", "name", known=False)
        assert done.exit == 0
        bar = next(state for state in done.states if "KiB" in state)
        assert bar.startswith("name  293 KiB  ")
        assert "[" not in done.text and "%" not in done.text
        assert done.lines[0].endswith(", whole by close_notify")

    def test_a_cut_is_in_the_summary(self, slow):
        done = slow("-o", "name", ending=fin)
        assert done.exit == 18
        assert done.lines[0].startswith("name  293 KiB in ")
        assert done.lines[0].endswith(", cut short")
        assert done.lines[1].startswith("duet get: ")
        assert done.lines[2] == f"kept: name.part ({len(HALF)} bytes)"

    def test_an_error_page_is_told(self, context, run):
        page = answer(b"no such page", status="404 Nothing")
        with Answers(context, lambda _: page) as s:
            done = run("-o", "name", s.url)
        assert done.exit == 0
        assert done.lines[0].endswith(
            ", 404 Not Found, whole by Content-Length"
        )

    def test_colours_only_where_they_are_welcome(self, slow):
        assert b"\x1b[32m" in slow("-o", "name").shown
        assert b"\x1b[32m" not in slow("-o", "name", NO_COLOR="1").shown
        assert b"\x1b[32m" in slow("-o", "name", NO_COLOR="").shown

    def test_a_terminal_of_letters_beyond_ascii_gets_them(self, slow):
        assert "\u2501" in slow("-o", "name", LC_ALL="C.UTF-8").text

    def test_what_is_over_at_once_gets_no_bar(self, context, run):
        with Answers(context, lambda _: answer(b"small")) as s:
            done = run("-o", "name", s.url)
        assert done.lines[0].startswith("name  5 bytes in ")
        # A busy machine may take longer than a bar is waited for.
        assert len(done.states) == 1 or " ms" not in done.lines[0]

    def test_a_dumb_terminal_gets_the_summary_alone(self, context, run):
        with Answers(context, lambda _: answer(b"small")) as s:
            done = run("-o", "name", s.url, TERM="dumb")
        assert b"\x1b" not in done.shown
        assert done.lines[0].startswith("name  5 bytes in ")


class TestMany:
    """Several at once: a line each, and one for all."""

    @pytest.fixture(name="halves")
    def fixture_halves(self, context, run):
        """halves(names, until): the second half of each comes when that has
        been shown."""

        def halves(names, until, *words, **more):
            shown = threading.Event()

            def pieces(_):
                yield answer(HALF, length=2 * len(HALF))
                assert shown.wait(LIMIT_S)
                yield HALF

            def watch(data):
                if until(data):
                    shown.set()

            with Answers(context, pieces) as s:
                urls = [s.url + name for name in names]
                return run(
                    *("-Z", "--remote-name-all", *words, *urls),
                    watch=watch,
                    **more,
                )

        return halves

    def test_have_a_line_each_and_leave_summaries(self, halves):
        def until(data):
            last = data.rpartition(b"\r")[2]
            return last.count(b" 50%") == 3 and b"879 KiB" in last

        done = halves(["a", "b", "c"], until)
        assert done.exit == 0
        drawn = next(
            frame
            for frame in done.text.split("\r")
            if frame.count(" 50%") == 3
        ).split("\n")
        for name, line in zip("abc", drawn):
            assert line.startswith(f"{name}   50%  [")
            assert "293 KiB of 586 KiB" in line
        assert drawn[3].startswith("0 of 3 done, 3 under way  879 KiB of 1.7")
        assert all(len(line) < 80 for line in drawn[:4])
        ends = [line for line in done.lines if ", whole by" in line]
        assert sorted(line[:11] for line in ends) == [
            f"{name}  586 KiB " for name in "abc"
        ]
        # What was drawn is gone in the end.
        assert "under way" not in done.shown.rpartition(b"\x1b[J")[2].decode()

    def test_have_as_many_lines_as_fit(self, halves):
        names = [f"name{i}" for i in range(12)]

        def until(data):
            return b"0 of 12 done, 12 under way  3.4 MiB" in data

        done = halves(names, until)
        assert done.exit == 0
        frames = [f for f in done.text.split("\r") if "12 under way" in f]
        assert frames
        for frame in frames:
            assert frame.count("\n") == 8
        assert len([x for x in done.lines if ", whole by" in x]) == 12

    def test_may_be_told_to_be_silent(self, context, run):
        with Answers(context, lambda _: answer(b"small")) as s:
            urls = [s.url + name for name in "abc"]
            done = run("-Z", "--remote-name-all", "--progress", "none", *urls)
        assert (done.exit, done.shown) == (0, b"")


class TestSilence:
    """Where nothing but the body belongs."""

    @pytest.mark.parametrize("words", [["-s", "-o", "f"], []])
    def test_asked_for_or_beside_a_body_on_the_terminal(
        self, context, run, words
    ):
        with Answers(context, lambda _: answer(b"text\n")) as s:
            done = run(*words, s.url)
        assert done.exit == 0
        assert done.shown == (b"" if words else b"text\n")

    def test_in_a_pipe(self, context, run):
        with Answers(context, lambda _: answer(b"text\n")) as s:
            done = run(s.url, stdout=subprocess.DEVNULL)
        assert (done.exit, done.shown) == (0, b"")


class TestBody:
    """A stranger's bytes on a terminal."""

    def test_binary_is_refused_with_a_hint(self, context, run):
        with Answers(context, lambda _: answer(b"\x7fELF\0\0\0")) as s:
            refused = run(s.url)
            with_head = run("-i", s.url)
            insisted = run("-o", "-", s.url)
        for done in (refused, with_head):
            assert done.exit == 23
            assert b"ELF" not in done.shown
            assert "-o FILE" in done.lines[-1]
        assert (insisted.exit, insisted.shown) == (0, b"\x7fELF\0\0\0")

    def test_what_would_steer_the_terminal_is_shown_instead(
        self, context, run
    ):
        body = "a\x1b[2Jb \u00fc \u009b31m\n".encode()
        with Answers(context, lambda _: answer(body)) as s:
            done = run(s.url)
        shown = "a\\x1b[2Jb \u00fc \\xc2\\x9b31m\n".encode()
        assert (done.exit, done.shown) == (0, shown)
