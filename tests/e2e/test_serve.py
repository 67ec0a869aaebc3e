"""`vtcode serve` as a process: who can start it how, and what is left of it."""

from __future__ import annotations

import os
import signal
import stat
import sys
import textwrap
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiohttp
import pytest

from tests.support.program import run_vtcode
from tests.support.serving import TIMEOUT_S, serving


@pytest.fixture
def script(tmp_path: Path) -> tuple[str, ...]:
    """The flags of a session that needs no server."""
    path = tmp_path / "script.toml"
    path.write_text('[[turns]]\ntext = "Hello from here."\n')
    return ("--provider", "scripted", "-c", f"providers.scripted.script={path}")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_no_other_address_is_listened_on(project: Path, home: Path, host: str) -> None:
    done = run_vtcode("serve", "--host", host, cwd=project, home=home)
    assert done.returncode == 2
    assert f"127.0.0.1 alone, not on '{host}'" in done.stderr
    assert "ssh -L" in done.stderr


def test_a_port_that_is_taken_is_told(project: Path, home: Path, script: tuple[str, ...]) -> None:
    with serving(*script, cwd=project, home=home) as server:
        port = str(urlsplit(server.url).port)
        done = run_vtcode("serve", "--port", port, cwd=project, home=home)
    assert done.returncode == 2
    assert f"Nothing can listen on 127.0.0.1:{port}" in done.stderr


def test_without_the_extra_the_command_that_installs_it_is_told(project: Path, home: Path) -> None:
    hides = "import sys; sys.modules['textual_serve'] = None\n"
    (home / "sitecustomize.py").write_text(hides)
    here = str(Path(__file__).parents[2])
    done = run_vtcode("serve", cwd=project, home=home, environment={"PYTHONPATH": f"{home}:{here}"})
    assert done.returncode == 2
    assert "textual_serve" in done.stderr
    assert "-m pip install 'vtcode[web]'" in done.stderr


def test_ctrl_c_ends_it(project: Path, home: Path, script: tuple[str, ...]) -> None:
    with serving(*script, cwd=project, home=home) as server:
        assert server.interrupt() == 130
        assert server.process.communicate()[1] == ""


async def _session(url: str, script_shown: bytes) -> aiohttp.ClientSession:
    client = aiohttp.ClientSession()
    address = urlsplit(url)
    page = await client.ws_connect(f"{url}ws", origin=f"http://{address.netloc}", max_msg_size=0)
    shown = b""
    while script_shown not in shown:
        shown += await page.receive_bytes()
    return client


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in Linux's /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_no_session_outlives_the_server(
    project: Path, home: Path, script: tuple[str, ...], number: signal.Signals
) -> None:
    with serving(*script, cwd=project, home=home) as server:
        client = await _session(server.url, b"ready")
        children = _children(server.process.pid)
        assert len(children) == 1
        ends = [os.pidfd_open(child) for child in children]
        server.process.send_signal(number)
        server.process.wait(TIMEOUT_S)
        for end in ends:
            assert _ended_within(end, TIMEOUT_S)
            os.close(end)
        await client.close()


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(entry.parent.name))
    return found


def _ended_within(process: int, timeout_s: float) -> bool:
    import select

    return bool(select.select([process], [], [], timeout_s)[0])


def test_the_browser_is_opened_without_telling_others_the_token(
    project: Path, home: Path, script: tuple[str, ...], tmp_path: Path
) -> None:
    browser, told = tmp_path / "browser", tmp_path / "told"
    os.mkfifo(told)
    browser.write_text(
        textwrap.dedent(f"""\
        #!/bin/sh
        echo "$@" > {told}
        """)
    )
    browser.chmod(0o755)
    environment = {"BROWSER": f"{browser} %s"}
    with serving(*script, "--open", cwd=project, home=home, environment=environment) as server:
        address = told.read_text().strip()
        assert urlsplit(address).scheme == "file"
        assert urlsplit(server.url).path not in address
        file = Path(unquote(urlsplit(address).path))
        assert server.url in file.read_text()
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert server.interrupt() == 130
    assert not file.parent.exists()
