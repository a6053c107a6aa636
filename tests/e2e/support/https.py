# SPDX-License-Identifier: MIT
"""A verified HTTPS client that shows what came, by Python's http.client."""

import contextlib
import http.client
from dataclasses import dataclass

from support.wire import LIMIT_S, client_context


@dataclass
class Reply:
    """One answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def __getitem__(self, name):
        return self.headers[name]


class Client:
    """One connection, kept alive."""

    def __init__(self, port, ca_file, host="localhost"):
        self.connection = http.client.HTTPSConnection(
            host, port, timeout=LIMIT_S, context=client_context(ca_file)
        )

    def ask(self, target, method="GET", body=None, **fields):
        """One request; Some_Field becomes Some-Field."""
        headers = {k.replace("_", "-"): v for k, v in fields.items()}
        self.connection.request(method, target, body, headers)
        response = self.connection.getresponse()
        return Reply(response.status, response.headers, response.read())


@contextlib.contextmanager
def client(server, ca):
    """For one test."""
    found = Client(server.port, ca.file)
    try:
        yield found
    finally:
        found.connection.close()
