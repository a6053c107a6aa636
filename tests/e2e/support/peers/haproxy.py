# SPDX-License-Identifier: MIT
"""haproxy, which serves no files: nginx stands behind it."""

import shutil

from support.peers import Peer
from support.peers.nginx import PlainNginx


class Haproxy(Peer):
    """TLS in front, plain HTTP over a unix socket behind."""

    name = "haproxy"
    programs = ("haproxy",)

    def __init__(self, *args):
        super().__init__(*args)
        nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
        self.behind = PlainNginx(nginx, self.work, self.root, self.identity)

    def helpers(self):
        return (self.behind.running(),)

    def config(self):
        return f"""
global
    maxconn 200
    nbthread 1
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend in
    bind 127.0.0.1:{self.port} ssl crt {self.identity.both_file} {self.extra}
    default_backend files
backend files
    server one unix@{self.behind.path}
"""

    def argv(self, config):
        return [self.program, "-db", "-f", config]


class HaproxyH2(Haproxy):
    """The same in HTTP/2."""

    extra = "alpn h2,http/1.1"
