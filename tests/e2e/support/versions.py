# SPDX-License-Identifier: MIT
"""The versions of HTTP over which the same cases are asked."""

from support.http1 import Http1
from support.http2 import Http2
from support.wire import client_context, connect

VERSIONS = ("h1", "h2")  # those of `duet serve`
CLIENTS = {"h1": Http1, "h2": Http2}


def ask(port, ca, version, target, fields=(), method="GET"):
    """One request on a connection of its own, which is seen to its end."""
    client = CLIENTS[version]
    context = client_context(ca.file, alpn=[client.ALPN])
    with connect(port, context) as wire:
        assert wire.tls.selected_alpn_protocol() == client.ALPN
        connection = client(wire)
        reply = connection.ask(method, target, fields)
        connection.finish()
        return reply
