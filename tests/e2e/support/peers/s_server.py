# SPDX-License-Identifier: MIT
"""`openssl s_server -WWW`: HTTP/1.0, no length, ends with close_notify."""

from support.peers import Peer


class SServer(Peer):
    """One connection at a time."""

    name = "s_server"
    programs = ("openssl",)

    def argv(self, config):
        return [
            self.program,
            "s_server",
            "-WWW",
            "-quiet",
            "-accept",
            f"127.0.0.1:{self.port}",
            "-cert",
            self.identity.chain_file,
            "-key",
            self.identity.key_file,
        ]
