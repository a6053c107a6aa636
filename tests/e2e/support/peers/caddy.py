# SPDX-License-Identifier: MIT
"""Caddy."""

from support.peers import Peer


class Caddy(Peer):
    """Go's TLS and not OpenSSL's."""

    name = "caddy"
    programs = ("caddy",)

    def config(self):
        return f"""{{
    admin off
    auto_https off
}}
https://localhost:{self.port} {{
    bind 127.0.0.1
    tls {self.identity.chain_file} {self.identity.key_file}
    root * {self.root}
    file_server
}}
"""

    def argv(self, config):
        words = ["run", "--config", config, "--adapter", "caddyfile"]
        return [self.program, *words]
