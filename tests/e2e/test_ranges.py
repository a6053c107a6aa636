# SPDX-License-Identifier: MIT
"""Ranges of files, as RFC 9110 s14 and s13.1.5 want them.

Each row asks once, on a connection of its own, and the whole of the reply is
held against what is known of the file (support/known.py). Where the RFC
leaves a choice, the row says "choice" and what we do.
"""

import pytest

from support.dates import asctime, imf, rfc850
from support.known import (
    AFTER,
    BEFORE,
    DATE,
    FUTURE,
    LARGE,
    SAME,
    SIZE,
    TAG,
    WEAK,
    rows,
)

LIMIT = 16  # ranges; more are too many (duet-serve(1))
GAP = 80  # bytes; what is less apart is sent as one

HUGE = {
    "past-int32": 2**31,
    "past-uint32": 2**32,
    "int64": 2**63 - 1,
    "past-int64": 2**63,
    "uint64": 2**64 - 1,
    "past-uint64": 2**64,
    "100-digits": 10**99,
}


def apart(count, step=500):
    """So many ranges of ten bytes, each far enough from the next."""
    return [f"{i * step}-{i * step + 9}" for i in range(count)]


class TestOne:
    """A single range: a 206 with Content-Range, and no multipart."""

    @pytest.mark.parametrize(
        "asked, part",
        **rows(
            ("first-byte", "bytes=0-0", "0-0"),
            ("first-500", "bytes=0-499", "0-499"),
            ("second-500", "bytes=500-999", "500-999"),
            ("one-in-the-middle", "bytes=5000-5000", "5000-5000"),
            ("last-byte", "bytes=9999-9999", "9999-9999"),
            ("all-of-it", "bytes=0-9999", "0-9999"),
            ("to-one-past-the-end", "bytes=0-10000", "0-9999"),
            ("to-far-past-the-end", "bytes=9500-99999", "9500-9999"),
            ("last-byte-and-past-the-end", "bytes=9999-10000", "9999-9999"),
            ("open-from-the-first", "bytes=0-", "0-9999"),
            ("open-from-the-middle", "bytes=9500-", "9500-9999"),
            ("open-from-the-last", "bytes=9999-", "9999-9999"),
            ("suffix-of-one", "bytes=-1", "9999-9999"),
            ("suffix-of-500", "bytes=-500", "9500-9999"),
            ("suffix-of-all-but-one", "bytes=-9999", "1-9999"),
            ("suffix-of-all", "bytes=-10000", "0-9999"),
            ("suffix-of-more-than-all", "bytes=-10001", "0-9999"),
            ("leading-zeros", "bytes=0000-00000000000000000000009", "0-9"),
            ("leading-zeros-of-a-suffix", "bytes=-0500", "9500-9999"),
            ("unit-in-upper-case", "BYTES=0-9", "0-9"),
            ("unit-in-mixed-case", "Bytes=0-9", "0-9"),
            ("spaces-around-the-value", " \t bytes=0-9 \t ", "0-9"),
            # RFC 9110 s5.6.1.2: empty members of a list are nothing
            ("comma-behind", "bytes=0-9,", "0-9"),
            ("comma-before", "bytes=,0-9", "0-9"),
            # choice: no space is wanted here, and none hurts
            ("space-behind-the-equals-sign", "bytes= 0-9", "0-9"),
        ),
    )
    def test_of_a_file(self, known, asked, part):
        known.check(206, "/file.txt", {"Range": asked}, parts=[part])

    @pytest.mark.parametrize("number", HUGE.values(), ids=HUGE)
    @pytest.mark.parametrize(
        "asked, part",
        **rows(
            ("last", "bytes=9000-{}", "9000-9999"),
            ("suffix", "bytes=-{}", "0-9999"),
        ),
    )
    def test_of_any_number(self, known, asked, part, number):
        """RFC 9110 s14.1.2: large numerals are no errors."""
        fields = {"Range": asked.format(number)}
        known.check(206, "/file.txt", fields, parts=[part])

    @pytest.mark.parametrize(
        "target, asked, part",
        **rows(
            ("one-byte-by-position", "/one.txt", "bytes=0-0", "0-0"),
            ("one-byte-by-suffix", "/one.txt", "bytes=-1", "0-0"),
            ("one-byte-open", "/one.txt", "bytes=0-", "0-0"),
            ("index-of-a-directory", "/dir/", "bytes=10-19", "10-19"),
            ("with-a-query", "/file.txt?a=b", "bytes=10-19", "10-19"),
            ("through-a-link", "/link.txt", "bytes=10-19", "10-19"),
            ("without-a-date", "/2100.txt", "bytes=10-19", "10-19"),
            (
                "across-records",
                "/large.txt",
                "bytes=16383-1048577",
                "16383-1048577",
            ),
            (
                "all-but-the-first-of-many",
                "/large.txt",
                "bytes=1-",
                f"1-{LARGE - 1}",
            ),
            (
                "the-last-of-many",
                "/large.txt",
                "bytes=-17",
                f"{LARGE - 17}-{LARGE - 1}",
            ),
        ),
    )
    def test_of_other_files(self, known, target, asked, part):
        known.check(206, target, {"Range": asked}, parts=[part])


class TestSeveral:
    """More than one: multipart/byteranges, unless one is left."""

    @pytest.mark.parametrize(
        "asked, parts",
        **rows(
            ("two", "0-9,500-509", ["0-9", "500-509"]),
            ("first-and-last-byte", "0-0,-1", ["0-0", "9999-9999"]),
            (
                "first-middle-and-last-1000",
                "0-999, 4500-5499, -1000",
                ["0-999", "4500-5499", "9000-9999"],
            ),
            ("open-behind-closed", "0-9,9500-", ["0-9", "9500-9999"]),
            # RFC 9110 s15.3.7.2: in the order of the request
            ("last-before-first", "-1,0-0", ["9999-9999", "0-0"]),
            (
                "in-no-order",
                "5000-5009,0-9,9000-9009,2000-2009",
                ["5000-5009", "0-9", "9000-9009", "2000-2009"],
            ),
            ("spaces-and-tabs", "0-9 \t,\t 500-509", ["0-9", "500-509"]),
            ("empty-members", ",0-9,, ,500-509 ,", ["0-9", "500-509"]),
            # RFC 9110 s14.1.2 has these as the second 500 bytes
            ("adjacent", "500-600,601-999", ["500-999"]),
            ("overlapping", "500-700,601-999", ["500-999"]),
            ("adjacent-last-first", "601-999,500-600", ["500-999"]),
            ("overlapping-last-first", "601-999,500-700", ["500-999"]),
            ("the-same-twice", "100-199,100-199", ["100-199"]),
            ("one-in-the-other", "100-999,200-299", ["100-999"]),
            ("the-other-in-one", "200-299,100-999", ["100-999"]),
            ("suffix-in-open", "9000-,-500", ["9000-9999"]),
            ("suffix-over-open", "9600-,-500", ["9500-9999"]),
            ("all-in-two", "0-4999,5000-", ["0-9999"]),
            ("all-and-some", "0-,100-199", ["0-9999"]),
            ("all-by-suffix-and-some", "100-199,-10000", ["0-9999"]),
            # choice: what is less apart than a part's head takes is joined
            ("just-too-near", f"0-9,{10 + GAP - 1}-199", ["0-199"]),
            ("just-apart", f"0-9,{10 + GAP}-199", ["0-9", "90-199"]),
            ("third-closes-a-gap", "0-9,200-209,5-205", ["0-209"]),
            (
                "joined-where-the-last-of-them-stands",
                "0-9,5000-5009,5-15",
                ["5000-5009", "0-15"],
            ),
            (
                "two-pairs",
                "0-9,5000-5009,10-19,5010-5019",
                ["0-19", "5000-5019"],
            ),
            # RFC 9110 s14.1.2: one that is satisfiable is enough
            ("one-outside-behind", "0-9,10000-", ["0-9"]),
            ("one-outside-before", "10000-,0-9", ["0-9"]),
            ("no-suffix-behind", "0-9,-0", ["0-9"]),
            ("no-suffix-before", "-0,0-9", ["0-9"]),
            (
                "some-outside",
                "10000-,0-9,20000-20009,500-509,-0",
                ["0-9", "500-509"],
            ),
            ("one-far-outside", f"0-9,{2**64}-{2**64 + 1}", ["0-9"]),
        ),
    )
    def test_of_a_file(self, known, asked, parts):
        fields = {"Range": f"bytes={asked}"}
        known.check(206, "/file.txt", fields, parts=parts)

    @pytest.mark.parametrize(
        "target, parts",
        **rows(
            ("of-html", "/dir/", ["0-9", "500-509"]),
            ("without-a-date", "/2100.txt", ["0-9", "500-509"]),
            (
                "across-records",
                "/large.txt",
                ["16383-49152", "1048577-2097152", "65537-131072"],
            ),
        ),
    )
    def test_of_other_files(self, known, target, parts):
        fields = {"Range": f"bytes={','.join(parts)}"}
        known.check(206, target, fields, parts=parts)

    # RFC 9110 s14.2 and s17.15 let a server ignore what is meant to tire it;
    # choice: more than LIMIT ranges are that, however they lie.
    @pytest.mark.parametrize(
        "asked, parts",
        **rows(
            ("apart", apart(LIMIT), apart(LIMIT)),
            (
                "apart-and-in-no-order",
                apart(LIMIT)[::-1],
                apart(LIMIT)[::-1],
            ),
            ("the-same", ["0-9"] * LIMIT, ["0-9"]),
            ("each-a-byte-more", [f"0-{i}" for i in range(LIMIT)], ["0-15"]),
            ("open", [f"{i}-" for i in range(LIMIT)], ["0-9999"]),
        ),
    )
    def test_as_many_as_there_may_be(self, known, asked, parts):
        assert len(asked) == LIMIT
        fields = {"Range": f"bytes={','.join(asked)}"}
        known.check(206, "/file.txt", fields, parts=parts)

    @pytest.mark.parametrize(
        "asked",
        [
            pytest.param(apart(LIMIT + 1), id="apart"),
            pytest.param(["0-9"] * (LIMIT + 1), id="the-same"),
            pytest.param(["0-9"] + ["10000-"] * LIMIT, id="most-outside"),
            pytest.param(["10000-"] * (LIMIT + 1), id="all-outside"),
            pytest.param(["0-"] * 1000, id="a-thousand-times-all"),
        ],
    )
    def test_too_many(self, known, asked):
        fields = {"Range": f"bytes={','.join(asked)}"}
        known.check(200, "/file.txt", fields)

    def test_empty_members_are_not_counted(self, known):
        fields = {"Range": "bytes=0-9" + "," * (2 * LIMIT)}
        known.check(206, "/file.txt", fields, parts=["0-9"])

    def test_each_reply_has_a_boundary_of_its_own(self, known):
        """What a part holds cannot have been made to end it."""
        fields = {"Range": "bytes=0-9,500-509"}
        kinds = {
            known.ask("/file.txt", fields)["Content-Type"] for _ in range(3)
        }
        assert len(kinds) == 3


class TestOutside:
    """RFC 9110 s15.5.17: 416 says how long the file is."""

    @pytest.mark.parametrize(
        "target, asked",
        **rows(
            ("from-the-end", "/file.txt", "bytes=10000-"),
            ("one-past-the-end", "/file.txt", "bytes=10000-10000"),
            ("far-past-the-end", "/file.txt", "bytes=20000-29999"),
            ("suffix-of-none", "/file.txt", "bytes=-0"),
            ("suffix-of-none-in-two-digits", "/file.txt", "bytes=-00"),
            ("all-of-several", "/file.txt", "bytes=10000-,20000-20009,-0"),
            ("past-one-byte", "/one.txt", "bytes=1-"),
            ("empty-first-byte", "/empty.txt", "bytes=0-0"),
            ("empty-open", "/empty.txt", "bytes=0-"),
            ("empty-past-it", "/empty.txt", "bytes=1-1"),
            ("empty-suffix-of-none", "/empty.txt", "bytes=-0"),
            ("past-an-index", "/dir/", "bytes=10000-"),
            ("past-many", "/large.txt", f"bytes={LARGE}-"),
        ),
    )
    def test_of_a_file(self, known, target, asked):
        known.check(416, target, {"Range": asked})

    @pytest.mark.parametrize("number", HUGE.values(), ids=HUGE)
    def test_of_any_number(self, known, number):
        fields = {"Range": f"bytes={number}-{number}"}
        known.check(416, "/file.txt", fields)

    @pytest.mark.parametrize(
        "asked", ["bytes=-1", "bytes=-500", "bytes=0-,-1"]
    )
    def test_the_end_of_an_empty_file_is_there(self, known, asked):
        """RFC 9110 s14.1.2: the only range of it that is satisfiable.
        Choice: since no Content-Range can say so, all is sent."""
        known.check(200, "/empty.txt", {"Range": asked})


class TestIgnored:
    """RFC 9110 s14.2: what is no range of bytes is no error either.

    Units that are not known MUST be ignored. Choice: so is what is malformed,
    where a 400 or a 416 may be sent; and one bad range spoils them all.
    """

    @pytest.mark.parametrize(
        "asked",
        [
            pytest.param(asked, id=name)
            for name, asked in {
                "nothing": "",
                "a-word": "garbage",
                "unit-alone": "bytes",
                "no-range": "bytes=",
                "commas-only": "bytes=, ,,",
                "dash-alone": "bytes=-",
                "number-alone": "bytes=5",
                "two-dashes-before": "bytes=--5",
                "two-dashes-between": "bytes=0--5",
                "suffix-with-a-dash-behind": "bytes=-5-",
                "three-numbers": "bytes=0-5-9",
                "last-before-first": "bytes=9-5",
                "last-before-first-past-the-end": "bytes=20000-10000",
                "letters": "bytes=a-z",
                "letter-in-a-number": "bytes=0-9x",
                "hexadecimal": "bytes=0x0-0x9",
                "plus-before-first": "bytes=+0-9",
                "plus-before-last": "bytes=0-+9",
                "minus-before-last": "bytes=0-(-9)",
                "fraction": "bytes=0.0-9.0",
                "exponent": "bytes=0-1e3",
                "star": "bytes=*",
                "in-quotes": 'bytes="0-9"',
                "with-the-size": "bytes=0-9/10000",
                "as-content-range": "bytes 0-9/10000",
                "colon": "bytes: 0-9",
                "two-equals-signs": "bytes==0-9",
                "space-in-a-number": "bytes=1 0-19",
                "spaces-around-the-dash": "bytes=0 - 9",
                "space-before-the-equals-sign": "bytes =0-9",
                "no-break-space": "bytes=0-9\xa0",
                "semicolon-between": "bytes=0-9;500-509",
                "space-between": "bytes=0-9 500-509",
                "unit-twice-in-a-line": "bytes=0-9, bytes=500-509",
                "bad-behind-good": "bytes=0-9,x",
                "bad-before-good": "bytes=x,0-9",
                "bad-between-good": "bytes=0-9,509-500,1000-1009",
                "bad-behind-outside": "bytes=10000-,x",
                "no-unit": "0-9",
                "empty-unit": "=0-9",
                "other-unit": "lines=0-9",
                "unit-of-none": "none=0-9",
                "longer-unit": "bytesx=0-9",
                "shorter-unit": "byte=0-9",
                "other-unit-past-the-end": "lines=10000-",
                "two-units": "lines=0-9,bytes=0-9",
            }.items()
        ],
    )
    def test_of_a_file(self, known, asked):
        known.check(200, "/file.txt", {"Range": asked})

    @pytest.mark.parametrize(
        "lines",
        [
            pytest.param(["bytes=0-9", "bytes=500-509"], id="two-that-differ"),
            pytest.param(["bytes=0-9", "bytes=0-9"], id="the-same-twice"),
            pytest.param(["bytes=10000-", "bytes=0-9"], id="one-outside"),
            pytest.param(["lines=0-9", "bytes=0-9"], id="two-units"),
        ],
    )
    def test_two_lines(self, known, lines):
        """Choice: they mean what they mean when they are joined on the way
        (s5.3), which is malformed."""
        known.check(200, "/file.txt", {"Range": lines})


class TestWhereThereIsNone:
    """RFC 9110 s14.2: Range is for GET, and for what would be a 200."""

    @pytest.mark.parametrize(
        "asked",
        [
            pytest.param(asked, id=name)
            for name, asked in {
                "one": "bytes=0-9",
                "suffix": "bytes=-500",
                "several": "bytes=0-9,500-509",
                "outside": "bytes=10000-",
                "malformed": "bytes=x",
            }.items()
        ],
    )
    @pytest.mark.parametrize(
        "target, method, status",
        **rows(
            ("head", "/file.txt", "HEAD", 200),
            ("nothing-there", "/missing.txt", "GET", 404),
            ("directory-without-a-slash", "/dir", "GET", 301),
        ),
    )
    def test_the_reply_is_the_same(self, known, target, method, status, asked):
        known.check(status, target, {"Range": asked}, method)

    @pytest.mark.parametrize(
        "target, method, status",
        **rows(
            ("head-of-an-empty-file", "/empty.txt", "HEAD", 200),
            ("head-of-nothing-there", "/missing.txt", "HEAD", 404),
            ("directory-without-an-index", "/bare/", "GET", 403),
            ("method-of-no-file", "/file.txt", "DELETE", 405),
        ),
    )
    def test_nor_elsewhere(self, known, target, method, status):
        known.check(status, target, {"Range": "bytes=0-9"}, method)

    def test_a_redirect_is_whole(self, known):
        """Its body is no representation of the file: no part of it either."""
        fields = {"Range": "bytes=0-9"}
        reply = known.check(301, "/dir", fields)
        assert reply["Location"] == f"{known.top}/dir/"


class TestIfRange:
    """RFC 9110 s13.1.5: the part if nothing changed, or else all of it.

    Choice: an entity tag only, never a date (doc/adr/0008).
    """

    @pytest.mark.parametrize(
        "value, status",
        **rows(
            ("the-tag", TAG, 206),
            ("spaces-around", f" \t{TAG} \t", 206),
            ("weak", WEAK, 200),
            ("another", '"x"', 200),
            ("another-weak", 'W/"x"', 200),
            ("empty-tag", '""', 200),
            ("begins-like-it", '"<tag>0"', 200),
            ("ends-like-it", '"0<tag>"', 200),
            ("w-in-lower-case", 'w/"<tag>"', 200),
            ("date-equal", SAME, 200),
            ("date-equal-rfc850", rfc850(DATE), 200),
            ("date-equal-asctime", asctime(DATE), 200),
            ("date-before", BEFORE, 200),
            ("date-after", AFTER, 200),
            ("date-of-the-future", imf(FUTURE), 200),
            ("no-date", "yesterday", 200),
            # one tag, no list and no star, unlike If-Match
            ("star", "*", 200),
            ("list-that-begins-with-it", f'{TAG}, "x"', 200),
            ("list-that-ends-with-it", f'"x", {TAG}', 200),
            ("twice-in-a-line", f"{TAG}, {TAG}", 200),
            ("comma-behind", f"{TAG},", 200),
            # what is malformed is not the tag
            ("nothing", "", 200),
            ("unquoted", "<tag>", 200),
            ("not-closed", '"<tag>', 200),
            ("single-quotes", "'<tag>'", 200),
            ("garbage-behind", f"{TAG} garbage", 200),
            ("two-lines", [TAG, TAG], 200),
            ("two-lines-another-first", ['"x"', TAG], 200),
            ("two-lines-another-last", [TAG, '"x"'], 200),
        ),
    )
    def test_with_a_range(self, known, value, status):
        fields = {"Range": "bytes=10-19", "If-Range": value}
        parts = ["10-19"] if status == 206 else []
        known.check(status, "/file.txt", fields, parts=parts)

    @pytest.mark.parametrize(
        "asked, value, status, parts",
        **rows(
            ("several", "bytes=0-9,500-509", TAG, 206, ["0-9", "500-509"]),
            ("several-of-another", "bytes=0-9,500-509", '"x"', 200, []),
            ("outside", "bytes=10000-", TAG, 416, []),
            # what is outside of this version may be inside of theirs
            ("outside-of-another", "bytes=10000-", '"x"', 200, []),
            ("outside-by-date", "bytes=10000-", SAME, 200, []),
            ("malformed", "bytes=x", TAG, 200, []),
            ("other-unit", "lines=0-9", TAG, 200, []),
            ("too-many", f"bytes={'0-9,' * 17}", TAG, 200, []),
            ("two-ranges", ["bytes=0-9", "bytes=500-509"], TAG, 200, []),
        ),
    )
    def test_with_other_ranges(self, known, asked, value, status, parts):
        fields = {"Range": asked, "If-Range": value}
        known.check(status, "/file.txt", fields, parts=parts)

    @pytest.mark.parametrize("value", [TAG, '"x"', SAME])
    def test_without_a_range(self, known, value):
        """RFC 9110 s13.1.5: it is ignored."""
        known.check(200, "/file.txt", {"If-Range": value})

    @pytest.mark.parametrize("value", [TAG, '"x"'])
    def test_with_head(self, known, value):
        fields = {"Range": "bytes=10-19", "If-Range": value}
        known.check(200, "/file.txt", fields, "HEAD")

    def test_of_a_file_without_a_date(self, known):
        fields = {"Range": "bytes=10-19", "If-Range": TAG}
        known.check(206, "/2100.txt", fields, parts=["10-19"])

    def test_of_another_file_of_the_same_bytes(self, known):
        tag = known.tag("/fraction.txt")
        fields = {"Range": "bytes=10-19", "If-Range": f'"{tag}"'}
        known.check(200, "/file.txt", fields)
        known.check(206, "/fraction.txt", fields, parts=["10-19"])


class TestWithConditions:
    """RFC 9110 s13.2.2: conditions come first, then If-Range, then Range."""

    INSIDE = {"Range": "bytes=10-19"}
    OUTSIDE = {"Range": "bytes=10000-"}

    @pytest.mark.parametrize(
        "fields, status",
        **rows(
            ("if-match-holds", {"If-Match": TAG}, 206),
            ("if-match-fails", {"If-Match": '"x"'}, 412),
            ("if-none-match-matches", {"If-None-Match": TAG}, 304),
            ("if-none-match-matches-weakly", {"If-None-Match": WEAK}, 304),
            ("if-none-match-differs", {"If-None-Match": '"x"'}, 206),
            ("if-modified-since-equal", {"If-Modified-Since": SAME}, 304),
            ("if-modified-since-before", {"If-Modified-Since": BEFORE}, 206),
            ("if-unmodified-since-equal", {"If-Unmodified-Since": SAME}, 206),
            (
                "if-unmodified-since-before",
                {"If-Unmodified-Since": BEFORE},
                412,
            ),
            (
                "not-modified-although-if-range-holds",
                {"If-None-Match": TAG, "If-Range": TAG},
                304,
            ),
            (
                "modified-and-if-range-holds",
                {"If-Modified-Since": BEFORE, "If-Range": TAG},
                206,
            ),
            (
                "if-match-holds-and-if-range-fails",
                {"If-Match": TAG, "If-Range": '"x"'},
                200,
            ),
            (
                "if-match-fails-although-if-range-holds",
                {"If-Match": '"x"', "If-Range": TAG},
                412,
            ),
            (
                "unmodified-and-if-range-holds",
                {"If-Unmodified-Since": SAME, "If-Range": TAG},
                206,
            ),
            (
                "all-five-hold",
                {
                    "If-Match": TAG,
                    "If-Unmodified-Since": SAME,
                    "If-None-Match": '"x"',
                    "If-Modified-Since": BEFORE,
                    "If-Range": TAG,
                },
                206,
            ),
        ),
    )
    def test_inside(self, known, fields, status):
        parts = ["10-19"] if status == 206 else []
        fields = {**self.INSIDE, **fields}
        known.check(status, "/file.txt", fields, parts=parts)

    @pytest.mark.parametrize(
        "fields, status",
        **rows(
            ("if-match-holds", {"If-Match": TAG}, 416),
            ("if-match-fails", {"If-Match": '"x"'}, 412),
            ("if-none-match-matches", {"If-None-Match": TAG}, 304),
            ("if-none-match-differs", {"If-None-Match": '"x"'}, 416),
            ("if-modified-since-equal", {"If-Modified-Since": SAME}, 304),
            (
                "if-unmodified-since-before",
                {"If-Unmodified-Since": BEFORE},
                412,
            ),
        ),
    )
    def test_outside(self, known, fields, status):
        known.check(status, "/file.txt", {**self.OUTSIDE, **fields})


def test_parts_make_the_whole(known):
    """What a client puts together from ranges is the file."""
    fields = [
        {"Range": f"bytes={i * 1000}-{i * 1000 + 999}", "If-Range": TAG}
        for i in range(SIZE // 1000)
    ]
    pieces = [known.ask("/file.txt", f).body for f in fields]
    assert b"".join(pieces) == known.data("/file.txt")
