# SPDX-License-Identifier: MIT
"""RFC 9113 s3: how a connection begins."""

import pytest

from support.frames import (
    ACK,
    PREFACE,
    SETTINGS,
    Code,
    Connection,
    data,
    goaway,
    raw,
    request,
    rst,
    settings,
    window_update,
)
from support.wire import client_context, connect

NOT_A_PREFACE = {
    "3.4 nonsense": bytes(24),
    "3.4 the first octet is another": b"Q" + PREFACE[1:] + settings(),
    "3.4 the last octet is another": PREFACE[:-1] + b"X" + settings(),
    "3.4 in small letters": PREFACE.lower() + settings(),
    "3.4 for HTTP/1.1": b"PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n" + settings(),
    "3.4 none, but SETTINGS": settings() + request(1),
    "3.4 a request of HTTP/1.1": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "3.4 ends too soon": PREFACE[:18] + settings() + request(1),
}

NOT_SETTINGS = {
    "3.4 HEADERS": request(1),
    "3.4 WINDOW_UPDATE": window_update(0, 1),
    "3.4 an acknowledgement": raw(SETTINGS, 0, flags=ACK),
    "3.4 GOAWAY": goaway(),
    "3.4 RST_STREAM": rst(1),
    "3.4 DATA": data(1, b"x"),
}


@pytest.mark.parametrize("name", NOT_A_PREFACE)
def test_refuses_what_is_not_the_preface(h2, name):
    with h2.dial() as conn:
        conn.send(NOT_A_PREFACE[name])
        # GOAWAY may be left out: the peer may not know what it is.
        conn.read_to_end()
        assert not conn.streams, conn.told()
        codes = [frame.error_code for frame in conn.goaways]
        assert codes in ([], [Code.PROTOCOL_ERROR]), conn.told()


@pytest.mark.parametrize("name", NOT_SETTINGS)
def test_refuses_a_preface_without_settings(h2, name):
    with h2.dial() as conn:
        conn.send(PREFACE, NOT_SETTINGS[name])
        conn.read_to_end()
        assert not conn.streams, conn.told()
        codes = [frame.error_code for frame in conn.goaways]
        assert codes in ([], [Code.PROTOCOL_ERROR]), conn.told()


def test_s3_4_the_preface_may_come_octet_by_octet(h2):
    with h2.dial() as conn:
        # A record each: TLS keeps them apart however TCP does not.
        for octet in PREFACE + conn.setting() + request(1):
            conn.send(bytes([octet]), reads=False)
        conn.expect_answer(1)


def test_s3_4_a_request_need_not_wait_for_the_server(h2):
    with h2.dial() as conn:
        conn.send(PREFACE, conn.setting(), request(1), request(3))
        assert conn.expect_answer(1).body == b"a small file\n"
        assert conn.expect_answer(3).body == b"a small file\n"


def test_s3_4_the_server_says_settings_first(h2):
    with h2.dial() as conn:
        conn.send(PREFACE, conn.setting())
        # That they are the first frame, receive() checks.
        conn.read_until(lambda: conn.settings is not None, "SETTINGS")


def test_s3_4_the_server_acknowledges_an_empty_frame_of_settings(h2):
    with h2.connect() as conn:
        assert conn.acks == 1
        conn.expect_alive()


def test_s3_4_the_client_may_leave_without_a_word(h2):
    with h2.dial() as conn:
        conn.send(PREFACE[:10])
    with h2.connect() as conn:
        conn.expect_alive()


def test_s3_2_whoever_offers_both_gets_h2(h2, ca):
    context = client_context(ca.file, alpn=("h2", "http/1.1"))
    with Connection(connect(h2.served.port, context)) as conn:
        assert conn.wire.tls.selected_alpn_protocol() == "h2"
        conn.start()
        conn.expect_alive()


def test_s3_2_whoever_does_not_offer_it_gets_http_1_1(h2, ca):
    context = client_context(ca.file)
    with connect(h2.served.port, context) as wire:
        assert wire.tls.selected_alpn_protocol() == "http/1.1"
        wire.write(b"GET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head, _ = wire.read_head()
        assert head.startswith(b"HTTP/1.1 200 ")


def test_s3_2_whoever_offers_http_1_0_only_gets_that(h2, ca):
    context = client_context(ca.file, alpn=("http/1.0",))
    with connect(h2.served.port, context) as wire:
        assert wire.tls.selected_alpn_protocol() == "http/1.0"
        wire.write(b"GET /small.txt HTTP/1.0\r\n\r\n")
        head, _ = wire.read_head()
        assert head.startswith(b"HTTP/1.1 200 ")


def test_s3_2_whoever_offers_nothing_gets_no_h2(h2, ca):
    context = client_context(ca.file, alpn=())
    with connect(h2.served.port, context) as wire:
        assert wire.tls.selected_alpn_protocol() is None
        wire.write(PREFACE + settings())
        assert not wire.read_all().startswith(settings()[:3])
