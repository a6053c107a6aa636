# SPDX-License-Identifier: MIT
"""Other people's clients: fetch(url, ca_file, out) by each, verified."""

import http.client
import shutil
import ssl
import subprocess
from urllib.parse import urlsplit

from support.wire import client_context

LIMIT_S = 900


class Refused(Exception):
    """The client was not content; its words."""


def run(argv, good=(0,), **more):
    """To its end; Refused unless it ends with a good code."""
    done = subprocess.run(
        [str(word) for word in argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=LIMIT_S,
        check=False,
        **more,
    )
    if done.returncode not in good:
        said = done.stderr.decode("utf-8", "replace")
        raise Refused(f"{argv[0]} ended with {done.returncode}: {said}")
    return done.stdout


def curl(program, pairs, ca_file, work):
    """All in one run, over kept connections."""
    config = work / "curl.config"
    config.write_text(
        "".join(f'url = "{url}"\noutput = "{out}"\n' for url, out in pairs)
    )
    run([program, "-sS", "--fail", "--cacert", ca_file, "-K", config])


def wget2(program, pairs, ca_file, work):
    """One after the other; it has no way to name many outputs."""
    for url, out in pairs:
        words = ["-q", "--no-hsts", f"--ca-certificate={ca_file}"]
        run([program, *words, "-O", out, url], cwd=work)


def over_stdin(argv, pairs):
    """A client that only moves bytes: HTTP/1.1 by hand, a connection each."""
    for url, out in pairs:
        parts = urlsplit(url)
        request = (
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Connection: close\r\n\r\n"
        )
        with open(out, "wb") as file:
            with subprocess.Popen(
                [str(word) for word in argv],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=subprocess.PIPE,
            ) as process:
                process.stdin.write(request.encode())
                process.stdin.flush()
                # Its standard input stays open: a client that sees its end
                # may leave before the reply has come.
                said = process.stderr.read().decode("utf-8", "replace")
                status = process.wait(timeout=LIMIT_S)
        if status != 0:
            raise Refused(f"{argv[0]} ended with {status}: {said}")
        strip_head(out)


def strip_head(path):
    """Leave the body of a 200 in the file."""
    with open(path, "rb") as file:
        status = file.readline()
        if not status.startswith(b"HTTP/1.1 200 "):
            raise Refused(f"the reply begins with {status!r}")
        while file.readline() not in (b"\r\n", b""):
            pass
        with open(f"{path}.body", "wb") as body:
            shutil.copyfileobj(file, body, 1 << 20)
    shutil.move(f"{path}.body", path)


def s_client(program, pairs, ca_file, _work):
    """`openssl s_client`, verifying."""
    parts = urlsplit(pairs[0][0])
    over_stdin(
        [program, "s_client", "-quiet", "-no_ign_eof", "-CAfile", ca_file]
        + ["-verify_return_error", "-verify_hostname", parts.hostname]
        + ["-connect", f"127.0.0.1:{parts.port}"]
        + ["-servername", parts.hostname],
        pairs,
    )


def gnutls_cli(program, pairs, ca_file, _work):
    """Another TLS than OpenSSL's."""
    parts = urlsplit(pairs[0][0])
    over_stdin(
        [program, "--logfile=/dev/null", "--x509cafile", ca_file]
        + ["--port", parts.port, parts.hostname],
        pairs,
    )


def python_ssl(_program, pairs, ca_file, _work):
    """http.client over ssl, on one kept connection."""
    parts = urlsplit(pairs[0][0])
    connection = http.client.HTTPSConnection(
        parts.hostname, parts.port, context=client_context(ca_file), timeout=60
    )
    try:
        for url, out in pairs:
            connection.request("GET", urlsplit(url).path)
            with connection.getresponse() as reply, open(out, "wb") as file:
                if reply.status != 200:
                    raise Refused(f"{url}: {reply.status}")
                shutil.copyfileobj(reply, file, 1 << 20)
    except (OSError, ssl.SSLError, http.client.HTTPException) as error:
        raise Refused(repr(error)) from error
    finally:
        connection.close()


CLIENTS = {
    "curl": (curl, ("curl",)),
    "wget2": (wget2, ("wget2",)),
    "s_client": (s_client, ("openssl",)),
    "gnutls-cli": (gnutls_cli, ("gnutls-cli",)),
    "python ssl": (python_ssl, ("true",)),
}


def wget2_mirror(program, url, ca_file, into):
    """Everything that is linked, from one page on.

    It ends with 8 where a page among the files has a link to nowhere.
    """
    words = ["-q", "--mirror", "--no-parent", "--no-hsts", "--no-robots"]
    words += ["-nH", f"--ca-certificate={ca_file}", "-P", into]
    run([program, *words, url], good=(0, 8), cwd=into)


def trust(certutil, ca_file, home):
    """Let browsers that live in that home trust it."""
    database = home / ".pki/nssdb"
    database.mkdir(parents=True)
    where = ["-d", f"sql:{database}"]
    run([certutil, "-N", "--empty-password", *where])
    run([certutil, "-A", *where, "-t", "C,,", "-n", "test", "-i", ca_file])


def chromium(program, url, certutil, ca_file, home):
    """The page as a browser has it, after scripts; trusting ca_file."""
    trust(certutil, ca_file, home)
    words = "--headless --no-sandbox --disable-gpu --disable-quic"
    words += " --no-first-run --disable-background-networking"
    words += " --disable-component-update --disable-sync"
    words += " --disable-dev-shm-usage --virtual-time-budget=10000"
    return run(
        [program, *words.split(), f"--user-data-dir={home}/profile"]
        + ["--dump-dom", url],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    ).decode("utf-8", "replace")
