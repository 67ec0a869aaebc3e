from __future__ import annotations

import pytest

from vtcode.errors import ConfigError
from vtcode.providers.address import parse_base_url


@pytest.mark.parametrize(
    "written",
    [
        "http://localhost:1234",
        "http://localhost:1234/",
        "http://localhost:1234/v1",
        "http://localhost:1234/v1/",
        "http://localhost:1234/api/v1",
        "http://localhost:1234/api/v0/",
        "http://localhost:1234/v1/chat/completions",
        "localhost:1234",
        " localhost:1234/v1 ",
    ],
)
def test_every_way_to_write_the_address_is_the_same(written: str) -> None:
    url = parse_base_url(written)
    assert (url.root, url.api) == ("http://localhost:1234", "http://localhost:1234/v1")


@pytest.mark.parametrize(
    ("written", "root", "api"),
    [
        ("https://box.lan/llm/v1", "https://box.lan/llm", "https://box.lan/llm/v1"),
        ("https://box.lan/llm", "https://box.lan/llm", "https://box.lan/llm/v1"),
        ("https://box.lan/openai/v4", "https://box.lan/openai", "https://box.lan/openai/v4"),
        ("[::1]:8080", "http://[::1]:8080", "http://[::1]:8080/v1"),
        ("192.168.1.5:1234/v1", "http://192.168.1.5:1234", "http://192.168.1.5:1234/v1"),
    ],
)
def test_paths_hosts_and_versions_are_kept(written: str, root: str, api: str) -> None:
    url = parse_base_url(written)
    assert (url.root, url.api) == (root, api)


@pytest.mark.parametrize(
    "written", ["", "http://", "ftp://x", "http://x:port", "http://" + "a" * 70 + ".lan", "http://[::1"]
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        parse_base_url(written)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_base_url("http://me:hunter2@localhost:1234")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"
