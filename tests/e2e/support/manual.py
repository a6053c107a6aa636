# SPDX-License-Identifier: MIT
"""What duet.yaml(5) has to say of each key, from the program's schema."""

import re
import textwrap

SITE = ("sites", "items")
ROUTE = (*SITE, "routes", "items")
RULES = "Keys of a site and of a route"
SECTIONS = (
    ("Keys at the top", ()),
    ("Keys of a site, under Ic sites", SITE),
    ("Keys of a route, under Ic routes No of a site", ROUTE),
    (RULES, ROUTE),
    ("Keys of Ic redirect", (*ROUTE, "redirect")),
    ("Keys of Ic reply", (*ROUTE, "reply")),
    ("Keys of a header, under Ic headers", (*ROUTE, "headers", "items")),
    ("Keys of a cache rule, under Ic cache", (*ROUTE, "cache", "items")),
    ("Keys of an error page, under Ic errors", (*ROUTE, "errors", "items")),
    ("Keys of Ic throttle", (*ROUTE, "throttle")),
    ("Keys of Ic auth", (*ROUTE, "auth")),
    ("Keys of Ic hsts", (*SITE, "hsts")),
    (
        "Keys of an identity, under Ic identities No of a site",
        (*SITE, "identities", "items"),
    ),
    ("Keys of Ic log", ("log",)),
    ("Keys of Ic limits", ("limits",)),
)


def opened(schema):
    """Of several kinds that which has something in it."""
    for part in schema.get("anyOf", []):
        if "items" in part or "properties" in part:
            return part
    return schema


def below(schema, path):
    """The part of a schema that a path of keys and "items" leads to."""
    for step in path:
        schema = (
            schema["items"] if step == "items" else schema["properties"][step]
        )
        schema = opened(schema)
    return schema


def kind(value):
    """In words."""
    if "anyOf" in value:
        one, other = map(kind, value["anyOf"])
        return one + (", or none" if other == "none" else " or " + other)
    if value.get("enum") == ["none"]:
        return "none"
    if "enum" in value:
        return "one of: " + ", ".join(value["enum"])
    if value["type"] == "integer":
        return f"an integer from {value['minimum']} to {value['maximum']}"
    if value["type"] == "array":
        what = "texts" if value["items"]["type"] == "string" else "mappings"
        return f"a list of {what}"
    return {
        "boolean": "true or false",
        "string": "text",
        "object": "a mapping",
    }[value["type"]]


def entry(key, value, required):
    """One key, as mdoc."""
    text, _, rest = value["description"].partition(" [")
    facts = kind(value)
    if rest:
        facts += "; " + rest.rstrip("]")
    if required:
        facts += "; required"
    lines = [f".It Ic {key}"]
    for sentence in (text[0].upper() + text[1:], facts[0].upper() + facts[1:]):
        lines += textwrap.wrap(
            sentence + ".", 80, break_on_hyphens=False, break_long_words=False
        )
    return lines


def section(schema, title, path):
    """All keys of one mapping."""
    part = below(schema, path)
    rules = below(schema, SITE)["properties"].keys()
    rules = rules & below(schema, ROUTE)["properties"].keys()
    lines = [f".Ss {title}", '.Bl -tag -width "max_connections"']
    for key, value in part["properties"].items():
        if path not in (SITE, ROUTE) or (key in rules) == (title == RULES):
            lines += entry(key, value, key in part["required"])
    return lines + [".El"]


def keys(schema):
    """All of them, as they have to stand in the page."""
    lines = []
    for title, path in SECTIONS:
        lines += section(schema, title, path)
    assert not [line for line in lines if re.match(r"'|\.[^A-Z]", line)]
    return "\n".join(lines) + "\n"
