# SPDX-License-Identifier: MIT
"""The three forms of a date in HTTP (RFC 9110 s5.6.7)."""

import re
import time

IMF = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d "
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60) GMT"
)


def imf(seconds):
    """Sun, 06 Nov 1994 08:49:37 GMT"""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))


def rfc850(seconds):
    """Sunday, 06-Nov-94 08:49:37 GMT"""
    return time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(seconds))


def asctime(seconds):
    """Sun Nov  6 08:49:37 1994"""
    return time.asctime(time.gmtime(seconds))


FORMS = (imf, rfc850, asctime)
