# SPDX-License-Identifier: MIT
"""Lines of the access log, as duet-serve(1) describes them."""

import json
import re
from dataclasses import dataclass

LONGEST = 4096  # bytes, with its end

# All keys of a line and of its tls, in their order, and what each may be.
KEYS = {
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "id": re.compile(r"[0-9a-hjkmnp-tv-z]{20}"),
    "client": re.compile(r"[\d.]+:\d+|\[[\da-f:.]+\]:\d+|unix:.*"),
    "user": str,
    "method": str,
    "target": str,
    "protocol": re.compile(r"HTTP/(1\.[01]|2)"),
    "host": str,
    "site": str,
    "status": int,
    "bytes": int,
    "received": int,
    "duration_ms": float,
    "user_agent": str,
    "referer": str,
    "tls": dict,
    "end": re.compile(r"[a-z-]+"),
    "request_end": re.compile(r"[a-z-]+"),
    "cut_by": re.compile(r"us|peer"),
    "cut": re.compile(r"[a-z-]+"),
    "why": str,
}
TLS_KEYS = {
    "version": re.compile(r"TLSv1\.[23]"),
    "cipher": re.compile(r"[A-Z0-9_-]+"),
    "resumed": bool,
    "sni": str,
}
ALWAYS = {"time", "id", "client", "bytes", "received", "duration_ms"}


@dataclass
class Entry:
    """One request and what became of it."""

    request: str  # as in HTTP/1.1; "-": none came whole
    status: int  # 0: none
    bytes: int
    tls: str  # its version; "-": none
    fields: dict  # all of the line


def check(fields, keys):
    """Known keys, in their order, with what they may be."""
    known = [key for key in keys if key in fields]
    assert list(fields) == known, fields
    for key, value in fields.items():
        if isinstance(keys[key], re.Pattern):
            assert keys[key].fullmatch(value), (key, fields)
        else:
            assert isinstance(value, keys[key]), (key, fields)


def parse(lines):
    """Every line must be one."""
    entries = []
    for line in lines:
        assert len(line.encode()) < LONGEST
        fields = json.loads(line)
        check(fields, KEYS)
        assert ALWAYS <= set(fields), fields
        tls = fields.get("tls", {})
        check(tls, TLS_KEYS)
        words = [fields.get(k) for k in ("method", "target", "protocol")]
        entries.append(
            Entry(
                " ".join(words) if words[0] is not None else "-",
                fields.get("status", 0),
                fields["bytes"],
                tls.get("version", "-"),
                fields,
            )
        )
    assert len({entry.fields["id"] for entry in entries}) == len(entries)
    return entries
