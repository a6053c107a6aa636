# SPDX-License-Identifier: MIT
"""HTTP Archive 1.2, as a schema, and a check of what it says in words."""

import jsonschema

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": -1}
TIME = {"type": "number", "minimum": 0}
MAYBE_TIME = {"anyOf": [TIME, {"const": -1}]}


def an_object(optional=None, **members):
    """All of these members, perhaps those, and ones that begin with _."""
    return {
        "type": "object",
        "properties": {**members, **(optional or {}), "comment": TEXT},
        "required": list(members),
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


def a_list(of):
    """Of such members."""
    return {"type": "array", "items": of}


PAIR = an_object(name=TEXT, value=TEXT)
COOKIE = an_object(
    {
        "path": TEXT,
        "domain": TEXT,
        "expires": TEXT,
        "httpOnly": {"type": "boolean"},
        "secure": {"type": "boolean"},
    },
    name=TEXT,
    value=TEXT,
)
REQUEST = an_object(
    {"postData": {"type": "object"}},
    method={"type": "string", "pattern": "^[!-~]+$"},
    url={"type": "string", "pattern": "^https?://[^@/]+/"},
    httpVersion=TEXT,
    cookies=a_list(COOKIE),
    headers=a_list(PAIR),
    queryString=a_list(PAIR),
    headersSize=COUNT,
    bodySize=COUNT,
)
RESPONSE = an_object(
    status={"type": "integer"},
    statusText=TEXT,
    httpVersion=TEXT,
    cookies=a_list(COOKIE),
    headers=a_list(PAIR),
    content=an_object(
        {"compression": {"type": "integer"}, "text": TEXT, "encoding": TEXT},
        size=COUNT,
        mimeType=TEXT,
    ),
    redirectURL=TEXT,
    headersSize=COUNT,
    bodySize=COUNT,
)
TIMINGS = an_object(
    {name: MAYBE_TIME for name in ("blocked", "dns", "connect", "ssl")},
    send=TIME,
    wait=TIME,
    receive=TIME,
)
MOMENT = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
}
ENTRY = an_object(
    {"pageref": TEXT, "serverIPAddress": TEXT, "connection": TEXT},
    startedDateTime=MOMENT,
    time=TIME,
    request=REQUEST,
    response=RESPONSE,
    cache={"type": "object"},
    timings=TIMINGS,
)
NAMED = an_object(name=TEXT, version=TEXT)
SCHEMA = an_object(
    log=an_object(
        {"browser": NAMED, "pages": a_list({"type": "object"})},
        version={"const": "1.2"},
        creator=NAMED,
        entries=a_list(ENTRY),
    )
)


def check(har):
    """It is one: by the schema, and its times add up, TLS being a part of
    connecting."""
    try:
        jsonschema.validate(har, SCHEMA)
    except jsonschema.ValidationError as err:
        raise AssertionError(str(err)) from err
    for entry in har["log"]["entries"]:
        parts = {**entry["timings"], "ssl": -1}
        total = sum(part for part in parts.values() if part > 0)
        assert abs(entry["time"] - total) < 0.001
