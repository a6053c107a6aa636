# SPDX-License-Identifier: MIT
"""Lines of the access log, as duet-serve(1) describes them."""

import re
from dataclasses import dataclass

LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) "
    r"(?P<peer>\S+) "
    r'(?P<request>"[^"]*"|-) '
    r"(?P<status>\d{3}|-) "
    r"(?P<bytes>\d+|-) "
    r"(?P<duration>[\d.]+ms|-) "
    r"(?P<tls>\S+)"
    r"(?P<more>.*)"
)
FIELD = re.compile(r' ([\w-]+)=("[^"]*"|\S+)')


@dataclass
class Entry:
    """One request and what became of it."""

    request: str
    status: int  # 0: none
    bytes: int
    tls: str
    fields: dict  # end, cut-by, how, why ...


def parse(lines):
    """Every line must be one."""
    entries = []
    for line in lines:
        found = LINE.fullmatch(line)
        assert found, f"not a line of an access log: {line!r}"
        entries.append(
            Entry(
                found["request"].strip('"'),
                int(found["status"].replace("-", "0")),
                int(found["bytes"].replace("-", "0")),
                found["tls"],
                {k: v.strip('"') for k, v in FIELD.findall(found["more"])},
            )
        )
    return entries
