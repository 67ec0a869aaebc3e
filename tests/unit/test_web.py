"""Who is let to the app's pages, what a page may say, and how its vtcode is started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.cli.arguments import parse
from vtcode.cli.serve_command import page_arguments
from vtcode.web.guard import HEADERS, Guard, new_token
from vtcode.web.session import packet_for

GUARD = Guard(port=8000, token="right")
HERE = "127.0.0.1:8000"


def refused(
    *,
    hosts: tuple[str, ...] = (HERE,),
    origins: tuple[str, ...] = (),
    token: str = "right",
    socket: bool = False,
) -> bool:
    return bool(GUARD.refusal(hosts=hosts, origins=origins, token=token, is_websocket=socket))


def test_the_own_page_and_its_websocket_are_let_in() -> None:
    assert not refused()
    assert not refused(origins=(f"http://{HERE}",), socket=True)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1",
        "127.0.0.1:8001",
        "127.0.0.1.evil.example:8000",
        "localhost:8000",
        "[::1]:8000",
        "",
    ],
)
def test_another_host_is_refused(host: str) -> None:
    assert refused(hosts=(host,))
    assert refused(hosts=(host,), origins=(f"http://{host}",), socket=True)


@pytest.mark.parametrize("hosts", [(), (HERE, "evil.example")], ids=["none", "two"])
def test_a_request_without_exactly_one_host_is_refused(hosts: tuple[str, ...]) -> None:
    assert refused(hosts=hosts)


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        "http://127.0.0.1",
        "http://127.0.0.1:8001",
        "https://127.0.0.1:8000",
        "http://localhost:8000",
        "http://127.0.0.1:8000.evil.example",
    ],
)
def test_another_origin_is_refused(origin: str) -> None:
    assert refused(origins=(origin,))
    assert refused(origins=(origin,), socket=True)
    assert refused(origins=(f"http://{HERE}", origin), socket=True)


def test_a_websocket_without_an_origin_is_refused() -> None:
    assert refused(socket=True)


@pytest.mark.parametrize("token", ["", "Right", "righ", "right ", "wrong", "ríght"])
def test_another_token_is_refused(token: str) -> None:
    assert refused(token=token)


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) >= 43 and token.replace("-", "").replace("_", "").isalnum() for token in tokens)


def test_the_policy_of_pages_names_no_other_host() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "//" not in policy
    assert "*" not in policy


@pytest.mark.parametrize(
    ("message", "packet"),
    [
        ('["stdin", "\\u00e9\\r"]', b"D\0\0\0\x03\xc3\xa9\r"),
        ('["stdin", "\\ud800"]', b"D\0\0\0\x01?"),
        ('["focus"]', b'M\0\0\0\x11{"type": "focus"}'),
        ('["resize", {"width": 9, "height": 8}]', b'M\0\0\0\x2b{"type": "resize", "width": 9, "height": 8}'),
        (
            '["resize", {"width": 0, "height": 9999}]',
            b'M\0\0\0\x2e{"type": "resize", "width": 1, "height": 1000}',
        ),
    ],
    ids=["text", "half a character", "focus", "resize", "a size that cannot be"],
)
def test_what_a_page_says_becomes_a_packet(message: str, packet: bytes) -> None:
    assert packet_for(message) == packet


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "[" * 100_000,
        "{}",
        '["stdin"]',
        '["stdin", 1]',
        '["resize", {"width": "9"}]',
        '["quit"]',
    ],
    ids=["empty", "no JSON", "deep", "an object", "no text", "a number", "half a size", "another word"],
)
def test_anything_else_that_a_page_says_is_nothing(message: str) -> None:
    assert packet_for(message) == b""


@given(st.text())
def test_whatever_is_typed_arrives_whole(text: str) -> None:
    packet = packet_for(json.dumps(["stdin", text]))
    assert packet[:1] == b"D"
    assert int.from_bytes(packet[1:5], "big") == len(packet) - 5
    assert packet[5:] == text.encode(errors="replace")


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--provider", "scripted", "--model=-odd-", "-c", "a=1", "-c", "b='x y'"],
        ["--trust", "--full-auto", "--no-color", "--debug", "--continue"],
        ["--resume", "abc"],
        ["--resume"],
    ],
    ids=["none", "with values", "without values", "one session", "any session"],
)
def test_a_page_gets_the_flags_that_the_server_was_given(tmp_path: Path, flags: list[str]) -> None:
    place = ["--workspace", str(tmp_path)]
    given_to_server = parse([*flags, *place, "serve", "--port", "1", "--open"])
    assert parse(page_arguments(given_to_server)) == parse([*flags, *place])
