# SPDX-License-Identifier: MIT
"""lighttpd."""

from support.peers import Peer


class Lighttpd(Peer):
    """With mod_openssl."""

    name = "lighttpd"
    programs = ("lighttpd",)

    def config(self):
        return f"""
server.modules = ( "mod_openssl" )
server.document-root = "{self.root}"
server.bind = "127.0.0.1"
server.port = {self.port}
server.errorlog = "{self.log}"
index-file.names = ( "index.html" )
ssl.engine = "enable"
ssl.pemfile = "{self.identity.chain_file}"
ssl.privkey = "{self.identity.key_file}"
{self.extra}
"""

    def argv(self, config):
        return [self.program, "-D", "-f", config]
