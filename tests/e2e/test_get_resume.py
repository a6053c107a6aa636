# SPDX-License-Identifier: MIT
"""`duet get -C -`: what is there is gone on with, or is left alone."""

import stat

import pytest

from support.answers import Answers, answer, fin
from support.parts import File
from support.wire import server_context

BODY = b"".join(b"%07d\n" % i for i in range(10000))
OTHER = BODY[::-1]
HALF = len(BODY) // 2


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


@pytest.fixture(name="place")
def fixture_place(duet):
    """Where the files are."""
    return duet.home


def leftovers(place):
    """What stands beside f."""
    return sorted(p.name for p in place.glob("f*"))


def test_a_cut_body_is_gone_on_with(context, get, place):
    file = File(BODY, cuts=[HALF])
    with Answers(context, file.answer) as s:
        first = get("-o", "f", s.url)
        assert first.exit == 18
        assert leftovers(place) == ["f.part", "f.part.duet"]
        mode = stat.S_IMODE((place / "f.part.duet").stat().st_mode)
        assert mode == 0o600
        again = get("-C", "-", "-o", "f", s.url)
    assert (again.exit, again.err) == (0, "")
    assert (place / "f").read_bytes() == BODY
    assert leftovers(place) == ["f"]
    assert file.asked == [
        (None, None),
        (f"bytes={HALF}-{len(BODY) - 1}", '"one"'),
    ]


def test_a_changed_file_is_fetched_anew(context, get, place):
    file = File(BODY, cuts=[HALF])
    with Answers(context, file.answer) as s:
        get("-o", "f", s.url)
        file.body, file.etag = OTHER, '"two"'
        again = get("-C", "-", "-o", "f", s.url)
    assert again.exit == 0
    assert "another version" in again.err
    assert (place / "f").read_bytes() == OTHER


@pytest.mark.parametrize(
    "change, why",
    [
        ({"etag": '"two"', "believes": True}, "two versions"),
        ({"body": BODY + b"more", "believes": True}, "another length"),
    ],
)
def test_a_part_of_another_version_is_refused(
    context, get, place, change, why
):
    file = File(BODY, cuts=[HALF])
    with Answers(context, file.answer) as s:
        get("-o", "f", s.url)
        before = (place / "f.part").read_bytes()
        for name, value in change.items():
            setattr(file, name, value)
        again = get("-C", "-", "-o", "f", s.url)
    assert again.exit == 56
    assert why in again.err
    assert leftovers(place) == ["f.part", "f.part.duet"]
    assert (place / "f.part").read_bytes() == before


@pytest.mark.parametrize(
    "line, body",
    [
        ("Content-Range: bytes 0-99/80000", BODY[:100]),
        ("Content-Range: bytes 40001-79999/80000", BODY[40001:]),
        ("X: y", BODY[HALF:]),
    ],
)
def test_another_part_than_the_missing_one_is_refused(
    context, get, place, line, body
):
    file = File(BODY, cuts=[HALF])

    def wrong(request):
        if "range" not in request.fields:
            return file.answer(request)
        return answer(body, line, status="206 Partial Content")

    with Answers(context, wrong) as s:
        get("-o", "f", s.url)
        again = get("-C", "-", "-o", "f", s.url)
    assert again.exit == 56
    assert "part" in again.err
    assert (place / "f.part").read_bytes() == BODY[:HALF]
    assert not (place / "f").exists()


def test_a_part_that_was_not_asked_for_is_refused(context, get, place):
    with Answers(
        context,
        lambda _: answer(
            BODY[:9],
            "Content-Range: bytes 0-8/80000",
            status="206 Partial Content",
        ),
    ) as s:
        fetch = get("-o", "f", s.url)
    assert fetch.exit == 56
    assert leftovers(place) == []


@pytest.mark.parametrize("etag", ['W/"one"', None])
def test_without_a_strong_tag_it_is_told(context, get, place, etag):
    file = File(BODY, etag=etag, cuts=[HALF])
    with Answers(context, file.answer) as s:
        get("-o", "f", s.url)
        again = get("-C", "-", "-o", "f", s.url)
    assert again.exit == 0
    assert "without knowing" in again.err
    assert file.asked[1] == (f"bytes={HALF}-{len(BODY) - 1}", None)
    assert (place / "f").read_bytes() == BODY


def test_a_date_will_do_where_it_is_old_enough(context, get, place):
    modified = "Sun, 06 Nov 1994 08:49:37 GMT"
    lines = (
        f"Last-Modified: {modified}",
        "Date: Mon, 07 Nov 1994 08:49:37 GMT",
    )
    file = File(BODY, etag=None, lines=lines, believes=True, cuts=[HALF])
    with Answers(context, file.answer) as s:
        get("-o", "f", s.url)
        again = get("-C", "-", "-o", "f", s.url)
    assert (again.exit, again.err) == (0, "")
    assert file.asked[1][1] == modified
    assert (place / "f").read_bytes() == BODY


def test_a_server_without_ranges_sends_it_all_again(context, get, place):
    file = File(BODY, ranges=False, cuts=[HALF])
    with Answers(context, file.answer) as s:
        get("-o", "f", s.url)
        again = get("-C", "-", "-o", "f", s.url)
    assert again.exit == 0
    assert "fetched anew" in again.err
    assert (place / "f").read_bytes() == BODY


def test_what_is_all_there_is_looked_at_once_more(context, get, place):
    file = File(BODY)
    (place / "f.part").write_bytes(BODY + b"left behind it")
    with Answers(context, file.answer) as s:
        (place / "f.part.duet").write_text(
            f'duet-part 1\nurl {s.url}\nsize 80000\nversion "one"\n'
            "have 0-79999\nend\n"
        )
        again = get("-C", "-", "-o", "f", s.url)
    assert (again.exit, again.err) == (0, "")
    assert file.asked == [("bytes=79999-79999", '"one"')]
    assert (place / "f").read_bytes() == BODY
    assert leftovers(place) == ["f"]


def test_416_of_the_right_size_and_version_is_the_end(context, get, place):
    file = File(BODY)
    (place / "f.part").write_bytes(BODY)
    with Answers(context, file.answer) as s:
        (place / "f.part.duet").write_text(
            f'duet-part 1\nurl {s.url}\nversion "one"\nhave 0-79999\nend\n'
        )
        again = get("-C", "-", "-o", "f", s.url)
    assert (again.exit, again.err) == (0, "")
    assert (place / "f").read_bytes() == BODY
    assert leftovers(place) == ["f"]


def test_an_end_that_is_not_told_is_found(context, get, place):
    """Neither by the first answer, which is cut, nor by the part."""
    file = File(BODY, total=False)

    def unknown(request):
        if "range" in request.fields:
            return file.answer(request)
        head = b'HTTP/1.1 200 OK\r\nETag: "one"\r\nTransfer-Encoding: chunked'
        return [head + b"\r\n\r\n1000\r\n" + BODY[:0x1000], fin]

    with Answers(context, unknown) as s:
        get("-o", "f", s.url)
        assert "size" not in (place / "f.part.duet").read_text()
        again = get("-C", "-", "-o", "f", s.url)
    assert (again.exit, again.err) == (0, "")
    assert file.asked == [("bytes=4096-", '"one"'), ("bytes=80000-", '"one"')]
    assert (place / "f").read_bytes() == BODY


@pytest.mark.parametrize("version", ["", 'version "one"\n'])
def test_416_is_no_evidence_by_itself(context, get, place, version):
    file = File(BODY[:-1] if version else BODY)
    (place / "f.part").write_bytes(BODY)
    with Answers(context, file.answer) as s:
        (place / "f.part.duet").write_text(
            f"duet-part 1\nurl {s.url}\n{version}have 0-79999\nend\n"
        )
        again = get("-C", "-", "-o", "f", s.url)
    assert again.exit == 22
    assert "fetch it without -C" in again.err
    assert leftovers(place) == ["f.part", "f.part.duet"]


@pytest.mark.parametrize("etag, end", [('"one"', HALF), ('"two"', len(BODY))])
def test_416_that_denies_the_journal_is_no_end(context, get, place, etag, end):
    """It is shorter now, by chance as long as what is here, or another."""
    (place / "f.part").write_bytes(BODY[:HALF])

    def beyond(_):
        return answer(
            b"",
            f"Content-Range: bytes */{HALF}",
            f"ETag: {etag}",
            status="416 Range Not Satisfiable",
        )

    size = "" if end == len(BODY) else f"size {len(BODY)}\n"
    with Answers(context, beyond) as s:
        (place / "f.part.duet").write_text(
            f'duet-part 1\nurl {s.url}\n{size}version "one"\n'
            f"have 0-{HALF - 1}\nend\n"
        )
        again = get("-C", "-", "-o", "f", s.url)
    assert again.exit == 22
    assert leftovers(place) == ["f.part", "f.part.duet"]
    assert (place / "f.part").read_bytes() == BODY[:HALF]


def test_what_has_a_head_before_it_is_not_the_file(context, get, place):
    """-i: where a byte of the body is in the file is not where it belongs."""
    file = File(BODY, cuts=[HALF])
    with Answers(context, file.answer) as s:
        assert get("-i", "-o", "f", s.url).exit == 18
        assert leftovers(place) == ["f.part"]
        again = get("-C", "-", "-o", "f", s.url)
    assert again.exit == 0
    assert (place / "f").read_bytes() == BODY


def test_scattered_pieces_are_filled_in(context, get, place):
    file = File(BODY)
    holed = bytearray(BODY)
    holed[100:200] = bytes(100)
    holed[70000:] = b""
    (place / "f.part").write_bytes(holed)
    with Answers(context, file.answer) as s:
        (place / "f.part.duet").write_text(
            f'duet-part 1\nurl {s.url}\nsize 80000\nversion "one"\n'
            "have 0-99\nhave 200-69999\nend\n"
        )
        again = get("-C", "-", "-o", "f", s.url)
    assert (again.exit, again.err) == (0, "")
    assert [a for a, _ in file.asked] == ["bytes=100-199", "bytes=70000-79999"]
    assert (place / "f").read_bytes() == BODY


@pytest.mark.parametrize(
    "journal, why",
    [
        (None, "no .duet"),
        ("nonsense", "cannot be read"),
        ('version "one"\nhave 0-79998\nend\n', "shorter"),
        ('version "one"\nhave 0-9\nhave 5-20\nend\n', "cannot be read"),
    ],
)
def test_a_part_without_a_good_journal_is_worth_nothing(
    context, get, place, journal, why
):
    file = File(BODY)
    (place / "f.part").write_bytes(b"anything")
    with Answers(context, file.answer) as s:
        if journal is not None:
            (place / "f.part.duet").write_text(
                f"duet-part 1\nurl {s.url}\nsize 80000\n{journal}"
            )
        again = get("-C", "-", "-o", "f", s.url)
    assert again.exit == 0
    assert why in again.err
    assert file.asked == [(None, None)]
    assert (place / "f").read_bytes() == BODY


def test_another_urls_part_is_left_alone(context, get, place):
    file = File(BODY, cuts=[HALF])
    with Answers(context, file.answer) as s:
        get("-o", "f", s.url)
        again = get("-C", "-", "-o", "f", s.url + "other")
    assert again.exit == 23
    assert "another URL" in again.err
    assert (place / "f.part").read_bytes() == BODY[:HALF]


def test_a_fetch_without_c_forgets_the_journal_first(context, get, place):
    file = File(BODY, cuts=[HALF, 10])
    with Answers(context, file.answer) as s:
        get("-o", "f", s.url)
        get("-o", "f", s.url)
    assert (place / "f.part").read_bytes() == BODY[:10]
    assert "have 0-9\n" in (place / "f.part.duet").read_text()


@pytest.mark.parametrize("words", [["--compressed"], ["-r", "9-"]])
def test_what_is_not_the_file_itself_has_no_journal(
    context, get, place, words
):
    """An earlier one would tell of bytes that are gone."""
    file = File(BODY, cuts=[HALF, HALF + 9])
    with Answers(context, file.answer) as s:
        get("-o", "f", s.url)
        assert get(*words, "-o", "f", s.url).exit == 18
        assert leftovers(place) == ["f.part"]
        again = get("-C", "-", "-o", "f", s.url)
    assert "no .duet" in again.err
    assert (place / "f").read_bytes() == BODY


class TestName:
    """Without a .part it is NAME that is gone on with."""

    def test_it_is_copied_and_told(self, context, get, place):
        (place / "f").write_bytes(BODY[:HALF])
        file = File(BODY)
        with Answers(context, file.answer) as s:
            fetch = get("-C", "-", "-o", "f", s.url)
        assert fetch.exit == 0
        assert "without knowing" in fetch.err
        assert file.asked == [(f"bytes={HALF}-", None)]
        assert (place / "f").read_bytes() == BODY
        assert leftovers(place) == ["f"]

    def test_one_of_the_right_length_is_left_as_it_is(
        self, context, get, place
    ):
        (place / "f").write_bytes(BODY)
        with Answers(context, File(BODY).answer) as s:
            fetch = get("-C", "-", "-o", "f", s.url)
        assert fetch.exit == 0
        assert "not known" in fetch.err
        assert leftovers(place) == ["f"]

    def test_a_longer_one_is_a_failure(self, context, get, place):
        (place / "f").write_bytes(BODY + b"more")
        with Answers(context, File(BODY).answer) as s:
            fetch = get("-C", "-", "-o", "f", s.url)
        assert fetch.exit == 22
        assert (place / "f").read_bytes() == BODY + b"more"
        assert leftovers(place) == ["f"]

    def test_nothing_is_fetched_from_its_beginning(self, context, get, place):
        file = File(BODY)
        with Answers(context, file.answer) as s:
            fetch = get("-C", "-", "-o", "f", s.url)
        assert (fetch.exit, fetch.err) == (0, "")
        assert file.asked == [(None, None)]
        assert (place / "f").read_bytes() == BODY

    def test_an_error_page_is_not_put_behind_it(self, context, get, place):
        (place / "f").write_bytes(BODY[:HALF])
        with Answers(
            context, lambda _: answer(b"no", status="404 Not Found")
        ) as s:
            fetch = get("-C", "-", "-o", "f", s.url)
        assert fetch.exit == 22
        assert (place / "f").read_bytes() == BODY[:HALF]
        assert leftovers(place) == ["f"]


@pytest.mark.parametrize(
    "words, why",
    [
        (["-C", "9", "-o", "f"], "-r 9-"),
        (["-C", "x", "-o", "f"], "nothing but '-'"),
        (["-C", "-"], "-o FILE"),
        (["-C", "-", "-o", "-"], "-o - is none"),
        (["-C", "-", "-o", "f", "--compressed"], "--compressed"),
        (["-C", "-", "-o", "f", "-r", "0-9"], "-r"),
        (["-C", "-", "-o", "f", "-H", "range: bytes=0-9"], "-H Range"),
        (["-C", "-", "-o", "f", "-i"], "-i"),
        (["-C", "-", "-o", "f", "-d", "x"], "by GET"),
        (["-C", "-", "-o", "/dev/null"], "no plain file"),
        (["--segments", "17", "-o", "f"], "16"),
        (["--segments", "4"], "--segments writes a file"),
        (["--retry-delay", "1"], "--retry 3"),
        (["--limit-rate", "0"], "--limit-rate"),
        (["--limit-rate", "5x"], "--limit-rate"),
        (["--limit-rate", "1025g"], "--limit-rate"),
        (["--limit-rate", "99999999999999999999"], "--limit-rate"),
    ],
)
def test_what_does_not_go_together_is_told(get, words, why):
    fetch = get(*words, "https://localhost:1/")
    assert fetch.exit in (2, 23)
    assert why in fetch.err
