# SPDX-License-Identifier: MIT
"""One answer, in the same shape whatever version of HTTP it came over."""

from dataclasses import dataclass

BODILESS = (204, 304)  # RFC 9110 s6.4.1, and every answer to HEAD


class Misframed(Exception):
    """What came does not add up: a wrong length, surplus bytes, no end."""


@dataclass(repr=False)
class Reply:
    """One answer."""

    status: int
    fields: list  # (name in lower case, value), as they came
    body: bytes

    def __getitem__(self, name):
        """The only value of a field; None: there is none."""
        values = [v for n, v in self.fields if n == name.lower()]
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None

    def __repr__(self):
        begin = self.body[:100]
        return f"{self.status} {self.fields} {len(self.body)} bytes: {begin}"

    @property
    def names(self):
        """Of all fields."""
        return {name for name, _ in self.fields}


def has_body(method, status):
    """Whether bytes may follow such a head."""
    return method != "HEAD" and status not in BODILESS


def told_length(fields):
    """Of Content-Length; None: there is none."""
    values = [value for name, value in fields if name == "content-length"]
    if not values:
        return None
    if len(values) > 1 or not values[0].isascii() or not values[0].isdigit():
        raise Misframed(f"Content-Length: {values}")
    return int(values[0])
