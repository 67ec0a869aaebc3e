from __future__ import annotations

import pytest

from vtcode.address import parse_base_url


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
    "written",
    [
        "",
        "http://",
        "ftp://x",
        "http://x:port",
        "http://x:0",
        "http://" + "a" * 70 + ".lan",
        "http://[::1",
        "http//localhost:1234",
        "my server:1234",
        "http://x/\x1b[31m",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not an address such as"):
        parse_base_url(written)


@pytest.mark.parametrize(
    "written",
    [
        "http://me:hunter2@localhost:1234",
        "hunter2@localhost",
        "localhost/v1?key=hunter2",
        "localhost#hunter2",
    ],
)
def test_a_secret_in_the_address_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(ValueError, match="api_key_env") as caught:
        parse_base_url(written)
    assert "hunter2" not in str(caught.value)
