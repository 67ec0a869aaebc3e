"""Known ways in through a local server, and what a server may make of us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.support.emulator import Emulator
from tests.support.program import run_vtcode
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.providers.script import Turn

WEB_PAGE = "http://evil.example"


@contextmanager
def redirecting(status: int, location: str) -> Iterator[str]:
    """Serve nothing but redirects."""

    class Redirects(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Redirects)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def listening_sockets() -> set[str]:
    """Return the inodes of the sockets on which this process listens."""
    tables = [Path(f"/proc/net/{table}") for table in ("tcp", "tcp6")]
    rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    listening = {row[9] for row in rows if row[3] == "0A"}
    own = {str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()}
    return {inode for inode in listening if f"socket:[{inode}]" in own}


def test_web_page_that_speaks_to_a_local_server() -> None:
    with Emulator() as server:
        headers = {"origin": WEB_PAGE, "content-type": "text/plain"}
        answer = httpx.post(f"{server.url}/v1/chat/completions", content=b"{}", headers=headers)
        assert "access-control-allow-origin" not in answer.headers
        assert answer.is_error


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="sockets are listed by Linux's /proc alone")
async def test_port_that_anybody_on_this_machine_could_speak_to(tmp_path: Path) -> None:

    before = listening_sockets()
    async with Bench(tmp_path).session(Recorder(), Turn(text="hi")) as session:
        await session.submit("hi")
        assert listening_sockets() <= before


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_server_that_sends_us_elsewhere(tmp_path: Path, status: int) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    with Emulator() as elsewhere:
        with redirecting(status, f"{elsewhere.url}/v1/models") as address:
            environment = {"LMSTUDIO_BASE_URL": f"{address}/v1", "LMSTUDIO_API_KEY": "zq7-own-key-0815"}
            done = run_vtcode("exec", "hi", cwd=project, home=home, environment=environment)
        assert done.returncode != 0
        assert elsewhere.requests == []


def test_proxy_of_the_environment_gets_nothing(tmp_path: Path) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    with Emulator() as server, Emulator() as proxy:
        environment = {
            "LMSTUDIO_BASE_URL": f"{server.url}/v1",
            "HTTP_PROXY": proxy.url,
            "http_proxy": proxy.url,
            "ALL_PROXY": proxy.url,
        }
        done = run_vtcode("exec", "hi", cwd=project, home=home, environment=environment)
        assert done.returncode == 0
        assert proxy.requests == []
