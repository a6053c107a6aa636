# SPDX-License-Identifier: MIT
"""Apache."""

import os

from support.peers import Peer

MODULES = "/usr/lib/apache2/modules"


class Apache(Peer):
    """mpm_event and mod_ssl, and nothing that is not needed."""

    name = "apache"
    programs = ("apache2",)
    modules = ("mpm_event", "ssl", "authz_core", "dir")

    def config(self):
        load = "\n".join(
            f"LoadModule {name}_module {MODULES}/mod_{name}.so"
            for name in self.modules
        )
        # It refuses to serve as root.
        user = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
        return f"""
ServerRoot {self.work}
ServerName localhost
PidFile {self.work}/apache.pid
DefaultRuntimeDir {self.work}
Mutex posixsem
ErrorLog {self.log}
LogLevel warn
{load}
{user}
Listen 127.0.0.1:{self.port}
StartServers 1
DirectoryIndex index.html
SSLEngine on
SSLCertificateFile {self.identity.chain_file}
SSLCertificateKeyFile {self.identity.key_file}
SSLSessionCache none
DocumentRoot {self.root}
<Directory {self.root}>
    Require all granted
    Options FollowSymLinks
    AllowOverride None
</Directory>
{self.extra}
"""

    def argv(self, config):
        return [self.program, "-DFOREGROUND", "-f", config]


class ApacheH2(Apache):
    """The same in HTTP/2."""

    modules = (*Apache.modules, "http2")
    extra = "Protocols h2 http/1.1"
