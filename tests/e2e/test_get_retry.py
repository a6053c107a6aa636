# SPDX-License-Identifier: MIT
"""`duet get --retry` and `--limit-rate`."""

import socket

import pytest

from support.answers import Answers, answer, fin
from support.parts import File
from support.pki import Authority
from support.wire import server_context

BODY = b"".join(b"%07d\n" % i for i in range(10000))
OTHER = BODY[::-1]
HALF = len(BODY) // 2
SOON = ("--retry-delay", "0.01")


@pytest.fixture(name="context")
def fixture_context(identity):
    """A server's."""
    return server_context(identity)


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """One fetch that trusts the authority of this run."""

    def get(*words, **more):
        return duet.get("--cacert", ca.file, *words, **more)

    return get


def lines(fetch):
    """Of standard error, those that tell of another attempt."""
    return [line for line in fetch.err.splitlines() if "; again in " in line]


class TestFile:
    """Into a file."""

    def test_what_came_is_gone_on_with(self, context, get, duet):
        file = File(BODY, cuts=[HALF, 100])
        with Answers(context, file.answer) as s:
            fetch = get("--retry", "3", *SOON, "-o", "f", s.url)
        assert fetch.exit == 0, fetch.err
        assert (duet.home / "f").read_bytes() == BODY
        assert file.asked == [
            (None, None),
            (f"bytes={HALF}-79999", '"one"'),
            (f"bytes={HALF + 100}-79999", '"one"'),
        ]
        told = lines(fetch)
        assert len(told) == 2
        assert f"from byte {HALF} on (2 left)" in told[0]
        assert "(1 left)" in told[1]
        assert [p.name for p in duet.home.glob("f*")] == ["f"]

    def test_the_look_at_what_is_all_there(self, context, get, duet):
        """Without a version, so that a 416 would say nothing."""
        file = File(BODY, etag=None)
        answers = [answer(b"", status="503 Service Unavailable")]
        (duet.home / "f.part").write_bytes(BODY)
        with Answers(
            context, lambda r: answers.pop() if answers else file.answer(r)
        ) as s:
            (duet.home / "f.part.duet").write_text(
                f"duet-part 1\nurl {s.url}\nsize 80000\nhave 0-79999\nend\n"
            )
            fetch = get("-C", "-", "--retry", "1", *SOON, "-o", "f", s.url)
        assert fetch.exit == 0, fetch.err
        assert file.asked == [("bytes=79999-79999", None)]
        assert (duet.home / "f").read_bytes() == BODY

    def test_after_c_without_a_version_that_of_its_own_answers_counts(
        self, context, get, duet
    ):
        file = File(BODY, believes=True, cuts=[100])
        (duet.home / "f").write_bytes(BODY[:HALF])

        def change(request):
            data = file.answer(request)
            file.body, file.etag = OTHER, '"two"'
            return data

        with Answers(context, change) as s:
            fetch = get("-C", "-", "--retry", "1", *SOON, "-o", "f", s.url)
        assert fetch.exit == 56, fetch.err
        assert "two versions" in fetch.err
        assert (duet.home / "f").read_bytes() == BODY[:HALF]
        assert (duet.home / "f.part").read_bytes() == BODY[: HALF + 100]

    @pytest.mark.parametrize(
        "words, asked",
        [(["-i"], None), (["-H", "Range: bytes=0-"], "bytes=0-")],
    )
    def test_what_is_not_the_file_itself_comes_anew(
        self, context, get, duet, words, asked
    ):
        file = File(BODY, ranges=not asked, cuts=[HALF])
        with Answers(context, file.answer) as s:
            fetch = get("--retry", "1", *SOON, *words, "-o", "f", s.url)
        assert fetch.exit == 0, fetch.err
        assert (duet.home / "f").read_bytes().endswith(BODY)
        assert [part for part, _ in file.asked] == [asked] * 2

    def test_without_a_version_it_comes_anew(self, context, get, duet):
        file = File(BODY, etag='W/"one"', cuts=[HALF])
        with Answers(context, file.answer) as s:
            fetch = get("--retry", "3", *SOON, "-o", "f", s.url)
        assert fetch.exit == 0, fetch.err
        assert (duet.home / "f").read_bytes() == BODY
        assert file.asked == [(None, None)] * 2

    def test_another_version_comes_anew(self, context, get, duet):
        file = File(BODY, cuts=[HALF])

        def change(request):
            data = file.answer(request)
            file.body, file.etag = OTHER, '"two"'
            return data

        with Answers(context, change) as s:
            fetch = get("--retry", "3", *SOON, "-o", "f", s.url)
        assert fetch.exit == 0, fetch.err
        assert "another version" in fetch.err
        assert (duet.home / "f").read_bytes() == OTHER

    def test_when_none_is_left_what_came_stays(self, context, get, duet):
        file = File(BODY, cuts=[100, 200, 300])
        with Answers(context, file.answer) as s:
            fetch = get("--retry", "2", *SOON, "-o", "f", s.url)
        assert fetch.exit == 18
        assert "kept: f.part (600 bytes)" in fetch.err
        assert (duet.home / "f.part").read_bytes() == BODY[:600]
        assert "have 0-599\n" in (duet.home / "f.part.duet").read_text()

    def test_a_part_of_an_answer_is_tried_again_as_well(
        self, context, get, duet
    ):
        file = File(BODY, cuts=[HALF])
        with Answers(context, file.answer) as s:
            get("-o", "f", s.url)
            file.cuts = [7]
            fetch = get("-C", "-", "--retry", "1", *SOON, "-o", "f", s.url)
        assert fetch.exit == 0, fetch.err
        assert file.asked[2] == (f"bytes={HALF + 7}-79999", '"one"')
        assert (duet.home / "f").read_bytes() == BODY


class TestStandardOutput:
    """What has left cannot be had back."""

    def test_it_is_gone_on_with_in_the_same_version(self, context, get):
        file = File(BODY, cuts=[HALF])
        with Answers(context, file.answer) as s:
            fetch = get("--retry", "3", *SOON, s.url)
        assert fetch.exit == 0, fetch.err
        assert fetch.out == BODY

    def test_without_a_version_it_ends(self, context, get):
        file = File(BODY, etag=None, cuts=[HALF])
        with Answers(context, file.answer) as s:
            fetch = get("--retry", "3", *SOON, s.url)
        assert fetch.exit == 18
        assert fetch.out == BODY[:HALF]
        assert len(file.asked) == 1

    def test_another_version_is_not_put_behind_it(self, context, get):
        file = File(BODY, cuts=[HALF])

        def change(request):
            data = file.answer(request)
            file.body, file.etag = OTHER, '"two"'
            return data

        with Answers(context, change) as s:
            fetch = get("--retry", "3", *SOON, s.url)
        assert fetch.exit == 56
        assert fetch.out == BODY[:HALF]
        assert "two versions" in fetch.err


class TestAnswers:
    """By their status."""

    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
    def test_one_that_may_pass_is_asked_for_again(self, context, get, status):
        left = [2]

        def busy(_):
            left[0] -= 1
            if left[0] >= 0:
                return answer(b"busy", "Retry-After: 0", status=f"{status} No")
            return answer(b"ok")

        with Answers(context, busy) as s:
            fetch = get("--retry", "2", *SOON, s.url)
        assert (fetch.exit, fetch.out) == (0, b"ok")
        assert f"answers {status}" in lines(fetch)[0]
        assert len(s.requests) == 3

    @pytest.mark.parametrize("status", [400, 404, 501])
    def test_any_other_is_final(self, context, get, status):
        with Answers(
            context, lambda _: answer(b"no", status=f"{status} No")
        ) as s:
            fetch = get("--retry", "2", *SOON, "-f", s.url)
        assert fetch.exit == 22
        assert len(s.requests) == 1

    def test_the_last_one_is_the_answer(self, context, get):
        with Answers(context, lambda _: answer(b"busy", status="503 No")) as s:
            fetch = get("--retry", "1", *SOON, s.url)
        assert (fetch.exit, fetch.out) == (0, b"busy")
        assert len(s.requests) == 2

    @pytest.mark.parametrize(
        "words, field",
        [
            (SOON, "Retry-After: 3601"),
            (SOON, "Retry-After: 99999999999999999999999999"),
            (SOON, "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"),
            ((*SOON, "--retry-max-time", "1"), "Retry-After: 2"),
            (("--retry-delay", "9", "--retry-max-time", "1"), "X: y"),
        ],
    )
    def test_what_would_take_too_long_is_not_waited_for(
        self, context, get, words, field
    ):
        with Answers(
            context, lambda _: answer(b"", field, status="503 No")
        ) as s:
            fetch = get("--retry", "9", *words, "-f", s.url)
        assert fetch.exit == 22
        assert len(s.requests) == 1


class TestWhat:
    """What is tried again, and what is not."""

    def test_nothing_by_default(self, context, get):
        with Answers(context, lambda _: answer(b"", status="503 No")) as s:
            fetch = get("-f", s.url)
        assert fetch.exit == 22
        assert len(s.requests) == 1

    def test_a_connection_that_is_refused(self, get):
        # Bound and not listening: nobody else gets the port meanwhile.
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            url = f"https://127.0.0.1:{held.getsockname()[1]}/"
            fetch = get("--retry", "2", *SOON, url)
        assert fetch.exit == 7
        assert len(lines(fetch)) == 2

    def test_an_answer_that_is_cut_in_its_head(self, context, get):
        answers = [[b"HTTP/1.1 200 OK\r\nConte", fin], answer(b"ok")]
        with Answers(context, lambda _: answers.pop(0)) as s:
            fetch = get("--retry", "1", *SOON, s.url)
        assert (fetch.exit, fetch.out) == (0, b"ok")
        assert s.listener.accepted == 2

    def test_no_certificate(self, duet, context, tmp_path):
        other = Authority(tmp_path)
        with Answers(context, lambda _: answer(b"ok")) as s:
            fetch = duet.get(
                *("--cacert", other.file, "--retry", "3", *SOON, s.url)
            )
        assert fetch.exit == 60
        assert lines(fetch) == []
        assert s.refused == 1

    @pytest.mark.parametrize(
        "words, times", [(["-d", "x"], 1), (["-X", "PUT", "-d", "x"], 3)]
    )
    def test_no_request_that_does_more_when_it_comes_twice(
        self, context, get, words, times
    ):
        with Answers(context, lambda _: answer(b"", status="503 No")) as s:
            fetch = get("--retry", "2", *SOON, "-f", *words, s.url)
        assert fetch.exit == 22
        assert [r.body for r in s.requests] == [b"x"] * times

    def test_silence_is_kept(self, context, get):
        file = File(BODY, cuts=[HALF])
        with Answers(context, file.answer) as s:
            fetch = get("-s", "--retry", "1", *SOON, s.url)
        assert (fetch.exit, fetch.err) == (0, "")


class TestRate:
    """--limit-rate; how exact it is, the unit test shows."""

    def test_all_of_it_comes_and_not_before_its_time(self, context, get):
        with Answers(context, lambda _: answer(BODY[:3000])) as s:
            fetch = get("--limit-rate", "2000", "--json", s.url)
            whole = get("--limit-rate", "1g", s.url)
        assert fetch.json["sizes"]["body"] == 3000
        # Half a second's bytes may come at once.
        assert fetch.json["timings_ms"]["total"] >= 900
        assert whole.out == BODY[:3000]
