# SPDX-License-Identifier: MIT
"""Conditional requests of files, as RFC 9110 s13 wants them.

Each row asks once, on a connection of its own, and the whole of the reply is
held against what is known of the file (support/known.py). Where the RFC
leaves a choice, the row says "choice" and what we do.
"""

import datetime

import pytest

from support.dates import FORMS, asctime, imf, rfc850
from support.known import (
    AFTER,
    BEFORE,
    DATE,
    FUTURE,
    SAME,
    TAG,
    WEAK,
    rows,
)

# What the lists of If-Match and If-None-Match have in common: the value, and
# whether the tag of the file is in it by the strong and by the weak comparison
# (RFC 9110 s8.8.3.2).
TAG_LISTS = (
    ("the-tag", TAG, True, True),
    ("weak", WEAK, False, True),
    ("another", '"x"', False, False),
    ("another-weak", 'W/"x"', False, False),
    ("any", "*", True, True),
    ("first-of-two", f'{TAG}, "x"', True, True),
    ("last-of-two", f'"x", {TAG}', True, True),
    ("between-others", f'"x", {TAG}, W/"y"', True, True),
    ("none-of-three", '"x", "y", W/"z"', False, False),
    ("weak-among-others", f'"x", {WEAK}, "y"', False, True),
    ("weak-and-strong", f"{WEAK}, {TAG}", True, True),
    ("no-space-after-comma", f'"x",{TAG}', True, True),
    ("spaces-and-tabs", f'"x" \t,\t  {TAG}', True, True),
    ("empty-members", f', ,"x",, {TAG} ,', True, True),
    ("on-two-lines", ['"x"', TAG], True, True),
    ("on-two-lines-without", ['"x"', '"y"'], False, False),
    # RFC 9110 s8.8.3: a tag is opaque, may hold commas, and has no escapes
    ("comma-in-a-tag", f'"a,b", {TAG}', True, True),
    ("comma-and-tag-in-a-tag", '"x,<tag>"', False, False),
    ("backslash-ends-a-tag", f'"x\\", {TAG}', True, True),
    ("bytes-past-ascii-in-a-tag", f'"\xe9\xff", {TAG}', True, True),
    ("empty-tag", '""', False, False),
    ("empty-tag-before-it", f'"", {TAG}', True, True),
    ("begins-like-it", '"<tag>0"', False, False),
    ("ends-like-it", '"0<tag>"', False, False),
    ("quoted-star", '"*"', False, False),
    # an empty list (RFC 9110 s5.6.1.2) names no tag
    ("nothing", "", False, False),
    ("commas-only", ", ,", False, False),
    # choice: what is malformed names no tag from where it is so
    ("unquoted", "<tag>", False, False),
    ("not-closed", '"<tag>', False, False),
    ("not-opened", '<tag>"', False, False),
    ("single-quotes", "'<tag>'", False, False),
    ("w-in-lower-case", 'w/"<tag>"', False, False),
    ("space-after-w", 'W/ "<tag>"', False, False),
    ("w-without-slash", 'W"<tag>"', False, False),
    ("space-in-a-tag", '"<tag> "', False, False),
    ("no-comma-between", f'"x" {TAG}', False, False),
    ("semicolon-between", f'"x"; {TAG}', False, False),
    ("garbage-before-it", f"garbage, {TAG}", False, False),
    ("garbage-after-it", f"{TAG}, garbage", True, True),
    ("parameter", f"{TAG};q=1", False, False),
    ("star-in-a-list", '"x", *', False, False),
    ("list-after-a-star", '*, "x"', False, False),
    ("two-stars", "**", False, False),
    ("weak-star", "W/*", False, False),
    # choice: each line is read by itself, so * counts on any of them
    ("star-on-a-second-line", ['"x"', "*"], True, True),
    ("garbage-on-another-line", ["garbage", TAG], True, True),
)


def tag_rows(compare, yes, no):
    """TAG_LISTS as rows of one comparison."""
    return rows(
        *(
            (name, value, yes if matches[compare] else no)
            for name, value, *matches in TAG_LISTS
        )
    )


class TestIfMatch:
    """RFC 9110 s13.1.1: the strong comparison, or 412."""

    @pytest.mark.parametrize("value, status", **tag_rows(0, 200, 412))
    def test_lists(self, known, value, status):
        known.check(status, "/file.txt", {"If-Match": value})


class TestIfNoneMatch:
    """RFC 9110 s13.1.2: the weak comparison, and 304 to who has it."""

    @pytest.mark.parametrize("value, status", **tag_rows(1, 304, 200))
    def test_lists(self, known, value, status):
        known.check(status, "/file.txt", {"If-None-Match": value})


class TestDates:
    """RFC 9110 s13.1.3, s13.1.4."""

    OFFSETS = {
        "year-before": -365 * 86400,
        "second-before": -1,
        "equal": 0,
        "second-after": 1,
        "year-after": 365 * 86400,
    }

    @pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
    @pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS)
    def test_if_modified_since(self, known, form, offset):
        status = 200 if offset < 0 else 304
        fields = {"If-Modified-Since": form(DATE + offset)}
        known.check(status, "/file.txt", fields)

    @pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
    @pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS)
    def test_if_unmodified_since(self, known, form, offset):
        status = 412 if offset < 0 else 200
        fields = {"If-Unmodified-Since": form(DATE + offset)}
        known.check(status, "/file.txt", fields)

    # Whether it is a date no earlier than the file's, and what that makes of
    # If-Modified-Since; None: it is no date, and the field is ignored.
    ODD = (
        ("of-the-future", imf(FUTURE), True),
        ("of-the-year-9999", "Fri, 31 Dec 9999 23:59:59 GMT", True),
        ("before-1970", "Wed, 31 Dec 1969 23:59:59 GMT", False),
        ("of-the-year-1", "Mon, 01 Jan 0001 00:00:00 GMT", False),
        ("leap-day", "Sat, 29 Feb 1992 00:00:00 GMT", False),
        ("leap-second", "Sun, 06 Nov 1994 08:49:60 GMT", True),
        # choice: the name of the day is read and not compared
        ("another-day-of-the-week", SAME.replace("Sun", "Mon"), True),
        ("spaces-around", f"  {SAME}\t ", True),
        ("asctime-with-two-digits", "Sun Nov 06 08:49:37 1994", True),
        ("nothing", "", None),
        ("a-word", "yesterday", None),
        ("zero", "0", None),
        ("seconds-since-1970", str(DATE), None),
        ("rfc-3339", "1994-11-06T08:49:37Z", None),
        ("in-quotes", f'"{SAME}"', None),
        ("a-tag", TAG, None),
        ("star", "*", None),
        ("no-such-day", "Mon, 31 Nov 1994 08:49:37 GMT", None),
        ("no-leap-year", "Thu, 29 Feb 2001 08:49:37 GMT", None),
        ("no-such-month", SAME.replace("Nov", "Nob"), None),
        ("no-such-hour", SAME.replace("08:", "24:"), None),
        ("no-such-minute", SAME.replace(":49:", ":60:"), None),
        ("no-such-second", SAME.replace(":37", ":61"), None),
        # choice: no more than the three forms, to the letter (s5.6.7 says
        # that a date is case-sensitive)
        ("lower-case", SAME.lower(), None),
        ("zone-in-digits", SAME.replace("GMT", "+0000"), None),
        ("another-name-of-the-zone", SAME.replace("GMT", "UTC"), None),
        ("no-zone", SAME.replace(" GMT", ""), None),
        ("no-name-of-the-day", SAME.partition(" ")[2], None),
        ("long-name-of-the-day", SAME.replace("Sun", "Sunday"), None),
        ("day-of-one-digit", SAME.replace(" 06", " 6"), None),
        ("year-of-two-digits", SAME.replace("1994", "94"), None),
        ("rfc850-with-a-whole-year", "Sunday, 06-Nov-1994 08:49:37 GMT", None),
        ("rfc850-short-day", "Sun, 06-Nov-94 08:49:37 GMT", None),
        ("asctime-with-a-zone", f"{asctime(DATE)} GMT", None),
        ("asctime-with-one-space", "Sun Nov 6 08:49:37 1994", None),
        ("with-a-length", f"{SAME}; length=10000", None),
        ("two-in-a-line", f"{SAME}, {SAME}", None),
        ("two-lines", [SAME, SAME], None),
        ("two-lines-that-differ", [BEFORE, AFTER], None),
    )

    @pytest.mark.parametrize("value, later", **rows(*ODD))
    def test_odd_ones_in_if_modified_since(self, known, value, later):
        status = 304 if later else 200
        known.check(status, "/file.txt", {"If-Modified-Since": value})

    @pytest.mark.parametrize("value, later", **rows(*ODD))
    def test_odd_ones_in_if_unmodified_since(self, known, value, later):
        status = 412 if later is False else 200
        known.check(status, "/file.txt", {"If-Unmodified-Since": value})

    @pytest.mark.parametrize(
        "days, status", **rows(("less", -3, 304), ("more", 3, 200))
    )
    def test_two_digits_more_than_50_years_ahead(self, known, days, status):
        """RFC 9110 s5.6.7: what seems more is a year of the past, here one
        from before the file; the server's idea of now is ours."""
        now = datetime.datetime.now(datetime.timezone.utc)
        ahead = now + datetime.timedelta(days=365.25 * 50 + days)
        fields = {"If-Modified-Since": rfc850(ahead.timestamp())}
        known.check(status, "/file.txt", fields)


class TestWhatHasAnotherDate:
    """Files whose date HTTP cannot say to the letter."""

    ROWS = (
        # Last-Modified has no fractions: the second that was told counts
        ("fraction-equal", "/fraction.txt", SAME, 304, 200),
        ("fraction-before", "/fraction.txt", BEFORE, 200, 412),
        ("epoch-equal", "/epoch.txt", imf(0), 304, 200),
        (
            "epoch-before",
            "/epoch.txt",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            200,
            412,
        ),
        # no date was told: s13.1.3 and s13.1.4 have the fields ignored
        ("before-1970", "/1969.txt", SAME, 200, 200),
        ("of-the-future", "/2100.txt", SAME, 200, 200),
        ("of-the-future-equal", "/2100.txt", imf(FUTURE), 200, 200),
    )

    @pytest.mark.parametrize(
        "target, date, modified, unmodified", **rows(*ROWS)
    )
    def test_since(self, known, target, date, modified, unmodified):
        known.check(modified, target, {"If-Modified-Since": date})
        known.check(unmodified, target, {"If-Unmodified-Since": date})

    @pytest.mark.parametrize("target", ["/1969.txt", "/2100.txt"])
    def test_the_tag_goes_on_without_a_date(self, known, target):
        known.check(304, target, {"If-None-Match": TAG})
        known.check(412, target, {"If-Match": '"x"'})

    def test_an_empty_file_is_there(self, known):
        known.check(200, "/empty.txt", {"If-Match": "*"})
        known.check(304, "/empty.txt", {"If-None-Match": TAG})

    def test_a_tag_is_that_of_one_file(self, known):
        """RFC 9110 s8.8.3 asks for no more than one of each resource; ours
        differ from file to file, so a mistaken cache is found out."""
        tags = {known.tag(name) for name in ("/file.txt", "/fraction.txt")}
        assert len(tags) == 2
        fields = {"If-None-Match": f'"{known.tag("/fraction.txt")}"'}
        known.check(200, "/file.txt", fields)


class TestPrecedence:
    """RFC 9110 s13.2.2: which of several conditions counts."""

    @pytest.mark.parametrize(
        "fields, status",
        **rows(
            (
                "if-match-holds-over-if-unmodified-since",
                {"If-Match": TAG, "If-Unmodified-Since": BEFORE},
                200,
            ),
            (
                "if-match-fails-over-if-unmodified-since",
                {"If-Match": '"x"', "If-Unmodified-Since": SAME},
                412,
            ),
            (
                "an-empty-if-match-is-one",
                {"If-Match": "", "If-Unmodified-Since": SAME},
                412,
            ),
            (
                "if-none-match-matches-over-if-modified-since",
                {"If-None-Match": TAG, "If-Modified-Since": BEFORE},
                304,
            ),
            (
                "if-none-match-differs-over-if-modified-since",
                {"If-None-Match": '"x"', "If-Modified-Since": SAME},
                200,
            ),
            (
                "a-malformed-if-none-match-is-one",
                {"If-None-Match": "garbage", "If-Modified-Since": SAME},
                200,
            ),
            (
                "an-empty-if-none-match-is-one",
                {"If-None-Match": "", "If-Modified-Since": SAME},
                200,
            ),
            (
                "if-match-holds-and-if-none-match-matches",
                {"If-Match": TAG, "If-None-Match": TAG},
                304,
            ),
            (
                "if-match-fails-before-if-none-match",
                {"If-Match": '"x"', "If-None-Match": TAG},
                412,
            ),
            (
                "a-weak-tag-fails-and-never-gets-to-match",
                {"If-Match": WEAK, "If-None-Match": WEAK},
                412,
            ),
            ("both-any", {"If-Match": "*", "If-None-Match": "*"}, 304),
            (
                "if-match-fails-before-if-modified-since",
                {"If-Match": '"x"', "If-Modified-Since": SAME},
                412,
            ),
            (
                "if-match-holds-and-it-was-not-modified",
                {"If-Match": TAG, "If-Modified-Since": SAME},
                304,
            ),
            (
                "if-unmodified-since-fails-before-if-none-match",
                {"If-Unmodified-Since": BEFORE, "If-None-Match": TAG},
                412,
            ),
            (
                "if-unmodified-since-holds-and-if-none-match-matches",
                {"If-Unmodified-Since": SAME, "If-None-Match": TAG},
                304,
            ),
            (
                "if-unmodified-since-fails-before-if-modified-since",
                {"If-Unmodified-Since": BEFORE, "If-Modified-Since": SAME},
                412,
            ),
            (
                "both-dates-hold",
                {"If-Unmodified-Since": SAME, "If-Modified-Since": BEFORE},
                200,
            ),
            (
                "both-dates-are-the-files",
                {"If-Unmodified-Since": SAME, "If-Modified-Since": SAME},
                304,
            ),
            (
                "no-date-is-no-if-unmodified-since",
                {"If-Unmodified-Since": "garbage", "If-Modified-Since": SAME},
                304,
            ),
            (
                "no-date-is-no-if-modified-since",
                {"If-Modified-Since": "garbage", "If-None-Match": TAG},
                304,
            ),
            (
                "all-four-hold",
                {
                    "If-Match": TAG,
                    "If-Unmodified-Since": SAME,
                    "If-None-Match": '"x"',
                    "If-Modified-Since": BEFORE,
                },
                200,
            ),
            (
                "the-order-of-lines-is-none",
                {
                    "If-Modified-Since": SAME,
                    "If-None-Match": TAG,
                    "If-Unmodified-Since": SAME,
                    "If-Match": '"x"',
                },
                412,
            ),
            (
                "if-range-is-no-condition-without-range",
                {"If-Range": '"x"'},
                200,
            ),
        ),
    )
    def test_of_several(self, known, fields, status):
        known.check(status, "/file.txt", fields)


class TestWhereThereIsNone:
    """RFC 9110 s13.2.1: where the reply would be no 2xx without the
    conditions, there are none."""

    FIELDS = {
        "if-match": {"If-Match": '"x"'},
        "if-none-match": {"If-None-Match": "*"},
        "if-unmodified-since": {"If-Unmodified-Since": imf(0)},
    }
    REPLIES = (
        ("nothing-there", "/missing.txt", "GET", 404),
        ("nothing-there-for-head", "/missing.txt", "HEAD", 404),
        ("directory-without-a-slash", "/dir", "GET", 301),
        ("directory-without-an-index", "/bare/", "GET", 403),
        ("method-of-no-file", "/file.txt", "DELETE", 405),
        ("method-that-asks-nothing", "/file.txt", "OPTIONS", 405),
    )

    @pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS)
    @pytest.mark.parametrize("target, method, status", **rows(*REPLIES))
    def test_the_reply_is_the_same(
        self, known, target, method, status, fields
    ):
        known.check(status, target, fields, method)


class TestHead:
    """RFC 9110 s9.3.2: what GET gets, without the content."""

    @pytest.mark.parametrize(
        "target, fields, status",
        **rows(
            ("a-file", "/file.txt", {}, 200),
            ("an-empty-file", "/empty.txt", {}, 200),
            ("a-file-without-a-date", "/2100.txt", {}, 200),
            ("an-index", "/dir/", {}, 200),
            ("if-match-holds", "/file.txt", {"If-Match": TAG}, 200),
            ("if-match-fails", "/file.txt", {"If-Match": '"x"'}, 412),
            ("if-none-match", "/file.txt", {"If-None-Match": TAG}, 304),
            ("another-tag", "/file.txt", {"If-None-Match": '"x"'}, 200),
            ("not-modified", "/file.txt", {"If-Modified-Since": SAME}, 304),
            ("modified", "/file.txt", {"If-Modified-Since": BEFORE}, 200),
            ("unmodified", "/file.txt", {"If-Unmodified-Since": SAME}, 200),
            ("changed", "/file.txt", {"If-Unmodified-Since": BEFORE}, 412),
            ("nothing-there", "/missing.txt", {}, 404),
            ("directory-without-a-slash", "/dir", {}, 301),
            ("directory-without-an-index", "/bare/", {}, 403),
        ),
    )
    def test_is_told_the_same(self, known, target, fields, status):
        head = known.check(status, target, fields, "HEAD")
        get = known.check(status, target, fields)
        assert undated(head) == undated(get)


def undated(reply):
    """Its fields but for Date, which goes on between two of them, and the
    name that every request has for itself; in any order, which depends on
    whether the file is remembered yet and means nothing (RFC 9110 s5.3)."""
    own = ("date", "request-id")
    return sorted(field for field in reply.fields if field[0] not in own)
