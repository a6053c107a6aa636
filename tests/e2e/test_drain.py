# SPDX-License-Identifier: MIT
"""The end of a service: in good order, or visibly not."""

import os
import re
import signal

import pytest

from support import accesslog, process
from support.admin import Admin
from support.https import client
from support.ports import wait_until_nobody_listens
from support.wire import CLOSE_NOTIFY, LIMIT_S, RESET, client_context, connect

BIG = b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"
SIZE = 1 << 30  # more than all buffers on the way


@pytest.fixture(name="serve", params=["worker", "connection"])
def fixture_serve(request, duet, site, identity):
    """Start a server of a large file, in either way."""
    os.truncate(site / "big.bin", SIZE)

    def serve(*words, **more):
        return duet.serve(
            site,
            "--isolation",
            request.param,
            "--cert",
            identity.chain_file,
            "--key",
            identity.key_file,
            *words,
            **more,
        )

    return serve


@pytest.fixture(name="context")
def fixture_context(ca):
    """A client's."""
    return client_context(ca.file)


def test_what_is_under_way_ends_well(serve, context, site):
    os.truncate(site / "big.bin", 20 << 20)
    with serve() as server:
        with connect(server.port, context) as wire:
            wire.write(BIG)
            _, body = wire.read_head()
            size = len(body)
            server.process.terminate()
            while data := wire.read():
                size += len(data)
            assert size == 20 << 20
            assert wire.end == CLOSE_NOTIFY
        assert server.process.wait(timeout=LIMIT_S) == 0
        (entry,) = accesslog.parse(server.log())
    assert entry.fields["end"] == "length"
    assert "cut_by" not in entry.fields


def test_nobody_new_is_let_in(serve, context):
    with serve() as server:
        with connect(server.port, context) as wire:
            wire.write(BIG)
            wire.read_head()
            with connect(server.port, context) as idle:
                server.process.terminate()
                assert idle.read_all() == b""
                assert idle.end == CLOSE_NOTIFY
            wait_until_nobody_listens(server.addresses[0])
            server.process.terminate()
            server.process.wait(timeout=LIMIT_S)


def said_of_the_end(duet):
    """What standard error says of stopping, without the times of day."""
    lines = [line.partition(" ")[2] for line in duet.errors().splitlines()]
    return [line for line in lines if line.startswith("stop")]


def test_the_end_is_told(serve, duet, context):
    with serve("--drain", "12.5") as server:
        with connect(server.port, context) as one, connect(
            server.port, context
        ) as other:
            one.write(BIG)
            one.read_head()
            other.write(BIG)
            other.read_head()
            server.process.terminate()
            wait_until_nobody_listens(server.addresses[0])
            other.reset()
            server.process.terminate()
            assert server.process.wait(timeout=LIMIT_S) == 0
    first, second, last = said_of_the_end(duet)
    assert first == "stopping: 2 requests under way, waiting up to 12.5 s"
    # whether the reset has been heard by now
    assert re.fullmatch("stopping now: [12] requests? under way", second)
    assert re.fullmatch("stopped; (1 request was|2 requests were) cut", last)


def test_that_nothing_was_cut_is_told(serve, duet, context, site):
    os.truncate(site / "big.bin", 20 << 20)
    with serve() as server:
        with connect(server.port, context) as wire:
            wire.write(BIG)
            wire.read_head()
            server.process.terminate()
            wire.read_all()
        assert server.process.wait(timeout=LIMIT_S) == 0
    assert said_of_the_end(duet) == [
        "stopping: 1 request under way, waiting up to 30 s",
        "stopped; none was cut",
    ]


IMPATIENT = """listen: [ "127.0.0.1:0" ]
limits: {{ send_ms: 1000 }}
sites:
  - root: {site}
    identities: [ {{ cert: {id.chain_file}, key: {id.key_file} }} ]
"""


def test_what_a_limit_of_time_cuts_is_told(duet, site, identity, context):
    os.truncate(site / "big.bin", SIZE)
    path = duet.home / "duet.yaml"
    path.write_text(IMPATIENT.format(site=site, id=identity))
    with duet.serve(f"--config={path}") as server:
        with connect(server.port, context) as wire:
            wire.write(BIG)
            wire.read_head()
            server.process.terminate()  # and nobody reads on
            assert server.process.wait(timeout=LIMIT_S) == 0
        (entry,) = accesslog.parse(server.log())
    assert entry.fields["cut"] == "timeout"
    assert said_of_the_end(duet)[-1] == "stopped; 1 request was cut"


def test_who_stops_sending_is_not_cut(serve, duet, context):
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    with serve() as server:
        with connect(server.port, context) as wire:
            wire.write(head)
            assert b" 405 " in wire.read_head()[0]
            server.process.terminate()
            wait_until_nobody_listens(server.addresses[0])
            server.process.terminate()
            assert server.process.wait(timeout=LIMIT_S) == 0
    assert said_of_the_end(duet)[-1] == "stopped; none was cut"


def test_what_a_process_takes_along_is_cut(serve, duet, context):
    with serve() as server:
        with connect(server.port, context) as wire:
            wire.write(BIG)
            wire.read_head()
            server.process.terminate()
            wait_until_nobody_listens(server.addresses[0])
            for pid in process.children(server.pid):
                os.kill(pid, signal.SIGKILL)
            assert server.process.wait(timeout=LIMIT_S) == 0
    assert said_of_the_end(duet)[-1] == "stopped; 1 request was cut"


def test_a_quiet_one_tells_of_no_more_than_cuts(serve, duet, context):
    with serve("--quiet", "--drain", "0.2") as server:
        with connect(server.port, context) as wire:
            wire.write(BIG)
            wire.read_head()
            server.process.terminate()
            assert server.process.wait(timeout=LIMIT_S) == 0
    assert said_of_the_end(duet) == ["stopped; 1 request was cut"]
    with serve("--quiet") as server:
        assert server.stop()[0] == 0
    assert len(said_of_the_end(duet)) == 1


@pytest.mark.parametrize("admin", ["127.0.0.1:0", "unix:{}/admin.sock"])
def test_a_successor_begins_while_it_drains(
    serve, context, ca, home, tmp_path, admin
):
    words = ["--listen", f"unix:{home}/main.sock", "--admin"]
    words.append(admin.format(home))
    with serve("--listen", "127.0.0.1:0", *words) as server:
        place = server.admin[0]
        with connect(server.port, context) as wire:
            wire.write(BIG)
            wire.read_head()
            server.process.terminate()
            for address in (*server.addresses, place):
                wait_until_nobody_listens(address)
            with serve(
                *("--listen", f"127.0.0.1:{server.port}", *words[:-1]),
                place.removeprefix("http://"),
                log=tmp_path / "successor.log",
            ) as successor:
                assert server.process.poll() is None
                assert successor.addresses == server.addresses
                assert successor.admin == server.admin
                server.process.terminate()
                assert server.process.wait(timeout=LIMIT_S) == 0
                # its end has taken nothing away
                assert Admin(successor).health() == (200, "ok\n")
                assert (home / "main.sock").is_socket()
                with client(successor, ca) as https:
                    assert https.ask("/small.txt").status == 200


def test_a_second_signal_cuts_and_says_so(serve, context):
    with serve() as server:
        with connect(server.port, context) as wire:
            wire.write(BIG)
            wire.read_head()
            server.process.terminate()
            wait_until_nobody_listens(server.addresses[0])
            server.process.send_signal(signal.SIGINT)
            assert server.process.wait(timeout=LIMIT_S) == 0
            while wire.read():
                pass
            assert wire.end == RESET
        (entry,) = accesslog.parse(server.log())
    assert entry.fields["cut_by"] == "us"
    assert entry.bytes < SIZE


def test_a_drain_that_takes_too_long_is_cut(serve, context):
    with serve("--drain", "0.2") as server:
        with connect(server.port, context) as wire:
            wire.write(BIG)
            wire.read_head()
            server.process.terminate()
            assert server.process.wait(timeout=LIMIT_S) == 0
            while wire.read():
                pass
            assert wire.end == RESET
        (entry,) = accesslog.parse(server.log())
    assert entry.fields["cut_by"] == "us"


def test_what_is_under_way_outlives_the_supervisor(serve, context, site):
    os.truncate(site / "big.bin", 20 << 20)
    with serve() as server:
        children = process.children(server.pid)
        with connect(server.port, context) as wire:
            wire.write(BIG)
            _, body = wire.read_head()
            children += process.children(server.pid)
            size = len(body)
            server.process.kill()
            server.process.wait(timeout=LIMIT_S)
            wait_until_nobody_listens(server.addresses[0])
            while data := wire.read():
                size += len(data)
            assert size == 20 << 20
            assert wire.end == CLOSE_NOTIFY
        for pid in children:
            process.wait_for_end(pid, LIMIT_S)
        (entry,) = accesslog.parse(server.log())
    assert entry.fields["end"] == "length"


def test_but_not_for_longer_than_a_drain(serve, context):
    with serve("--drain", "0.2") as server:
        with connect(server.port, context) as wire:
            wire.write(BIG)
            wire.read_head()
            children = process.children(server.pid)
            server.process.kill()
            server.process.wait(timeout=LIMIT_S)
            for pid in children:
                process.wait_for_end(pid, LIMIT_S)
            while wire.read():
                pass
            assert wire.end == RESET
        (entry,) = accesslog.parse(server.log())
    assert entry.fields["cut_by"] == "us"


def test_without_anything_under_way_it_ends_at_once(serve):
    with serve() as server:
        assert server.stop() == (0, [])


def test_a_reply_to_a_request_under_way_says_close(
    duet, site, identity, context
):
    with duet.serve(
        site,
        "--workers",
        1,
        "--cert",
        identity.chain_file,
        "--key",
        identity.key_file,
    ) as server:
        with connect(server.port, context) as wire:
            wire.write(b"GET /small.txt HTTP/1.1\r\n")
            with connect(server.port, context) as idle:
                server.process.terminate()
                assert idle.read_all() == b""  # so the worker knows by now
            wire.write(b"Host: localhost\r\n\r\n")
            head, _ = wire.read_head()
            assert head.startswith(b"HTTP/1.1 200 ")
            assert b"connection: close" in head.lower()
        assert server.process.wait(timeout=LIMIT_S) == 0
