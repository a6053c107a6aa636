# SPDX-License-Identifier: MIT
"""tinyproxy, a proxy for HTTP and CONNECT; and haproxy in front of it, which
makes it one that is spoken to by TLS."""

import shutil

from support.peers import Peer


class Tinyproxy(Peer):
    """For everybody; .extra says otherwise. What went through is in .log."""

    name = "tinyproxy"
    programs = ("tinyproxy",)

    @property
    def url(self):
        """As --proxy wants it."""
        return f"http://127.0.0.1:{self.port}"

    def config(self):
        return f"""
Port {self.port}
Listen 127.0.0.1
Timeout 60
MaxClients 50
LogLevel Info
{self.extra}
"""

    def argv(self, config):
        return [self.program, "-d", "-c", config]

    def said(self):
        """Its log so far."""
        return self.log.read_text(errors="replace")


class TinyproxyForAlice(Tinyproxy):
    """Only with her password."""

    extra = "BasicAuth alice wonder"


class TinyproxyThatFilters(Tinyproxy):
    """It knows no host but one that there is not."""

    def config(self):
        allowed = self.work / "allowed"
        allowed.write_text("^only[.]example$\n")
        return super().config() + (
            f'Filter "{allowed}"\nFilterDefaultDeny Yes\n'
        )


class TinyproxyByTls(Peer):
    """haproxy takes off the TLS, and hands the rest on."""

    name = "haproxy-tinyproxy"
    programs = ("haproxy",)

    def __init__(self, *args):
        super().__init__(*args)
        tinyproxy = shutil.which("tinyproxy")
        self.behind = Tinyproxy(tinyproxy, self.work, self.root, self.identity)

    @property
    def url(self):
        """As --proxy wants it."""
        return f"https://localhost:{self.port}"

    def helpers(self):
        return (self.behind.running(),)

    def said(self):
        """Of the one behind."""
        return self.behind.said()

    def config(self):
        return f"""
global
    maxconn 200
    nbthread 1
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend in
    bind 127.0.0.1:{self.port} ssl crt {self.identity.both_file} {self.extra}
    default_backend proxy
backend proxy
    server one 127.0.0.1:{self.behind.port}
"""

    def argv(self, config):
        return [self.program, "-db", "-f", config]
