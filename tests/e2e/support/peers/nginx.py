# SPDX-License-Identifier: MIT
"""nginx."""

import os

from support.peers import Peer

MIME = "default_type application/octet-stream;"


class Nginx(Peer):
    """One worker, TLS."""

    name = "nginx"
    programs = ("nginx",)

    def listen(self):
        """What its server block listens to."""
        return f"""
        listen 127.0.0.1:{self.port} ssl;
        ssl_certificate {self.identity.chain_file};
        ssl_certificate_key {self.identity.key_file};
        ssl_protocols TLSv1.2 TLSv1.3;"""

    def config(self):
        user = "user root;" if os.getuid() == 0 else ""
        temp = "\n".join(
            f"    {kind}_temp_path {self.work}/nginx-{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return f"""
{user}
daemon off;
worker_processes 1;
pid {self.work}/{self.name}.pid;
error_log {self.log} error;
events {{}}
http {{
    {MIME}
    access_log off;
    {self.extra}
{temp}
    server {{{self.listen()}
        root {self.root};
    }}
}}
"""

    def argv(self, config):
        return [self.program, "-p", self.work, "-c", config, "-e", self.log]


class NginxH2(Nginx):
    """The same in HTTP/2."""

    def listen(self):
        return super().listen().replace(" ssl;", " ssl http2;", 1)


class PlainNginx(Nginx):
    """Without TLS on a unix socket: what stands behind a proxy."""

    name = "nginx-plain"

    @property
    def path(self):
        """Of its socket."""
        return self.work / "plain.sock"

    def listen(self):
        return f"\n        listen unix:{self.path};"

    def address(self):
        return str(self.path)
