"""`vtcode models` and `vtcode local` as processes, against LM Studio on loopback."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.lms import FakeLms
from tests.support.program import run_vtcode
from tests.support.terminal import Terminal

CODER, CHAT, THINKER = "acme/coder-30b-a3b", "acme/chat-8b", "acme/thinker-4b"


@pytest.fixture
def environment(emulator: Emulator) -> dict[str, str]:
    return {"LMSTUDIO_BASE_URL": emulator.url}


@pytest.fixture
def box(project: Path) -> Iterator[Emulator]:
    with Emulator() as running:
        running.state.instances.clear()
        (project / "vtcode.toml").write_text(
            f'[providers.box]\nkind = "lmstudio"\nbase_url = "{running.url}"\n'
        )
        yield running


class TestList:
    def test_all_servers_are_listed(
        self, project: Path, home: Path, environment: dict[str, str], box: Emulator
    ) -> None:
        done = run_vtcode("models", "--trust", cwd=project, home=home, environment=environment)
        assert done.returncode == 0
        assert [line for line in done.stdout.splitlines() if line and line[0] != " "] == [
            f"LM Studio  {environment['LMSTUDIO_BASE_URL']}",
            f"box  {box.url}",
        ]

    def test_a_server_that_went_away_has_its_list_with_its_age_and_the_exit_code_says_so(
        self, project: Path, home: Path, emulator: Emulator, environment: dict[str, str]
    ) -> None:
        assert run_vtcode("models", cwd=project, home=home, environment=environment).returncode == 0
        emulator.stop()
        done = run_vtcode("models", "--json", cwd=project, home=home, environment=environment)
        (server,) = json.loads(done.stdout)["servers"]
        assert (done.returncode, server["answers"]) == (1, False)
        assert server["list_age_seconds"] < 600
        assert server["models"][0]["id"] == CODER

    def test_no_server_at_all_is_an_error_with_the_next_step(self, project: Path, home: Path) -> None:
        done = run_vtcode(
            "models", cwd=project, home=home, environment={"LMSTUDIO_BASE_URL": "http://127.0.0.1:9"}
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert "lms server start" in done.stderr

    @pytest.mark.parametrize("words", [[], ["load", CHAT], ["info"], ["test"], ["unload", CHAT]])
    def test_with_json_an_error_is_an_object(self, project: Path, home: Path, words: list[str]) -> None:
        environment = {"LMSTUDIO_BASE_URL": "http://127.0.0.1:9"}
        done = run_vtcode("models", *words, "--json", cwd=project, home=home, environment=environment)
        told = json.loads(done.stdout)
        assert (done.returncode, told["type"]) == (1, "error")
        assert "can't be reached" in told["message"]

    def test_a_server_that_is_not_configured_is_a_usage_error(
        self, project: Path, home: Path, environment: dict[str, str]
    ) -> None:
        done = run_vtcode("models", "--server", "nope", cwd=project, home=home, environment=environment)
        assert done.returncode == 2
        assert "There are: lmstudio." in done.stderr


class TestLoad:
    def test_progress_goes_to_stderr_and_the_result_to_stdout(
        self, project: Path, home: Path, emulator: Emulator, environment: dict[str, str]
    ) -> None:
        command = ("models", "load", CHAT, "--context-length", "20000")
        done = run_vtcode(*command, cwd=project, home=home, environment=environment)
        assert (done.returncode, done.stdout) == (
            0,
            f"{CHAT} is loaded on LM Studio with a window of 20,000 tokens.\n",
        )
        assert f"vtcode: loading {CHAT}" in done.stderr
        assert "\x1b" not in done.stderr
        assert emulator.state.instances[-1].context_length == 20_000

    def test_json_has_the_instance_as_it_was_granted(
        self, project: Path, home: Path, emulator: Emulator, environment: dict[str, str]
    ) -> None:
        emulator.faults.load_reduces_context = 6_000
        done = run_vtcode("models", "load", CHAT, "--json", cwd=project, home=home, environment=environment)
        loaded = json.loads(done.stdout)
        assert (loaded["id"], loaded["state"], loaded["window_tokens"]) == (CHAT, "loaded", 6_000)
        assert "was asked for 16,384 tokens and has 6,000" in done.stderr

    def test_a_smaller_window_is_granted_and_one_that_is_there_is_not_loaded_again(
        self, project: Path, home: Path, emulator: Emulator, environment: dict[str, str]
    ) -> None:
        def load(tokens: int) -> tuple[int, str, str]:
            command = ("models", "load", CODER, "--context-length", str(tokens))
            done = run_vtcode(*command, cwd=project, home=home, environment=environment)
            return done.returncode, done.stdout, done.stderr

        code, said, _ = load(8_192)
        assert (code, said) == (0, f"{CODER} is loaded on LM Studio with a window of 8,192 tokens.\n")
        assert [one.context_length for one in emulator.state.instances] == [8_192]
        code, _, progress = load(8_192)
        assert code == 0
        assert progress == f"vtcode: {CODER} is loaded already, with a window of 8,192 tokens.\n"
        code, said, problem = load(400_000)
        assert (code, said) == (2, "")
        assert "can have a window of 262,144 tokens at most" in problem

    def test_a_model_that_only_another_server_has_is_loaded_there(
        self, project: Path, home: Path, emulator: Emulator, environment: dict[str, str], box: Emulator
    ) -> None:
        emulator.state.models = [model for model in emulator.state.models if model.key != CHAT]
        done = run_vtcode("models", "load", CHAT, "--trust", cwd=project, home=home, environment=environment)
        assert done.returncode == 0, done.stderr
        assert [one.id for one in box.state.instances] == [CHAT]

    def test_a_refusal_is_told_in_the_servers_words(
        self, project: Path, home: Path, emulator: Emulator, environment: dict[str, str]
    ) -> None:
        emulator.faults.load_fails = "insufficient system resources"
        done = run_vtcode("models", "load", CHAT, cwd=project, home=home, environment=environment)
        assert (done.returncode, done.stdout) == (1, "")
        assert "insufficient system resources" in done.stderr

    def test_ctrl_c_stops_the_waiting_and_says_that_the_server_goes_on(
        self,
        project: Path,
        home: Path,
        emulator: Emulator,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with FakeLms(emulator, tmp_path / "bin", monkeypatch) as lms:
            lms.hold_load()
            environment = {"LMSTUDIO_BASE_URL": emulator.url, "PATH": f"{lms.program.parent}:/usr/bin:/bin"}
            command = ("models", "load", CHAT, "--parallel", "2")
            with Terminal(*command, cwd=project, home=home, environment=environment) as terminal:
                terminal.wait_for("40%")
                terminal.type("\x03")
                terminal.wait_for("the server goes on loading it")
                assert terminal.wait_for_exit() == 128 + signal.SIGINT


class TestUnloadAndInfo:
    def test_one_or_all_are_unloaded(
        self, project: Path, home: Path, emulator: Emulator, environment: dict[str, str]
    ) -> None:
        done = run_vtcode("models", "unload", CODER, cwd=project, home=home, environment=environment)
        assert (done.returncode, done.stdout) == (0, f"Unloaded {CODER}.\n")
        done = run_vtcode("models", "unload", "--all", cwd=project, home=home, environment=environment)
        assert (done.returncode, done.stdout) == (0, "Nothing was loaded.\n")
        assert emulator.state.instances == []

    @pytest.mark.parametrize("name", ["foo", CHAT])
    def test_what_is_not_loaded_is_said_to_be_so_with_what_is(
        self, project: Path, home: Path, environment: dict[str, str], name: str
    ) -> None:
        done = run_vtcode("models", "unload", name, cwd=project, home=home, environment=environment)
        assert done.returncode == 1
        assert f"{name} is not loaded" in done.stderr
        assert done.stderr.endswith(f"  Loaded: {CODER}.\n")

    def test_info_is_of_the_loaded_model_where_none_is_named(
        self, project: Path, home: Path, environment: dict[str, str]
    ) -> None:
        done = run_vtcode("models", "info", cwd=project, home=home, environment=environment)
        assert done.returncode == 0
        assert f"Id                 {CODER}\n" in done.stdout


class TestDownload:
    @pytest.fixture(autouse=True)
    def quick(self, emulator: Emulator) -> None:
        emulator.settings.download_polls = 2

    def test_json_lines_tell_how_far_it_is(
        self, project: Path, home: Path, environment: dict[str, str]
    ) -> None:
        command = ("models", "download", THINKER, "--json")
        done = run_vtcode(*command, cwd=project, home=home, environment=environment)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0
        assert (told[0]["state"], told[-1]["state"]) == ("downloading", "completed")
        assert {line["model"] for line in told} == {THINKER}

    def test_a_terminal_has_a_bar(self, project: Path, home: Path, environment: dict[str, str]) -> None:
        command = ("models", "download", THINKER)
        with Terminal(*command, cwd=project, home=home, environment=environment) as terminal:
            assert terminal.wait_for_exit() == 0
            assert "━" in terminal.text()
            assert f"{THINKER} is on LM Studio." in terminal.text()

    def test_a_download_that_fails_is_an_error(
        self, project: Path, home: Path, emulator: Emulator, environment: dict[str, str]
    ) -> None:
        emulator.faults.download_fails = True
        done = run_vtcode("models", "download", THINKER, cwd=project, home=home, environment=environment)
        assert done.returncode == 1
        assert THINKER in done.stderr


class TestLocal:
    @pytest.fixture
    def lms(self, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLms]:
        with FakeLms(emulator, tmp_path / "bin", monkeypatch) as fake:
            yield fake

    def run(self, lms: FakeLms, *words: str, cwd: Path, home: Path, url: str = "") -> tuple[int, str]:
        environment = {"PATH": f"{lms.program.parent}:/usr/bin:/bin"}
        environment |= {"LMSTUDIO_BASE_URL": url} if url else {}
        done = run_vtcode("local", *words, cwd=cwd, home=home, environment=environment)
        return done.returncode, done.stdout + done.stderr

    def test_the_server_is_started_and_stopped_through_lms(
        self, lms: FakeLms, project: Path, home: Path
    ) -> None:
        lms.running = False
        code, text = self.run(lms, cwd=project, home=home)
        assert (code, "does not run" in text) == (1, True)
        assert self.run(lms, "start", "--port", "4321", cwd=project, home=home)[0] == 0
        assert lms.calls[-1] == ["server", "start", "--port=4321"]
        code, text = self.run(lms, "status", cwd=project, home=home)
        assert (code, "port 4321" in text) == (0, True)
        assert self.run(lms, "stop", cwd=project, home=home)[0] == 0
        assert not lms.running

    def test_without_lms_it_says_where_to_get_it(self, project: Path, home: Path) -> None:
        done = run_vtcode("local", "start", cwd=project, home=home, environment={"PATH": "/usr/bin:/bin"})
        assert done.returncode == 1
        assert "lms comes with LM Studio" in done.stderr

    def test_an_address_is_saved_where_the_user_keeps_settings_and_counts_from_then_on(
        self, lms: FakeLms, project: Path, home: Path
    ) -> None:
        assert self.run(lms, "configure", cwd=project, home=home) == (0, "http://localhost:1234\n")
        code, text = self.run(lms, "configure", "gpu-box:4321/v1", cwd=project, home=home)
        assert (code, "providers.lmstudio.base_url is set in" in text) == (0, True)
        assert self.run(lms, "configure", cwd=project, home=home) == (0, "http://gpu-box:4321\n")
        assert self.run(lms, "configure", "no address", cwd=project, home=home)[0] == 2

    def test_a_saved_address_is_tried_and_what_overrides_it_is_told(
        self, lms: FakeLms, emulator: Emulator, project: Path, home: Path
    ) -> None:
        code, text = self.run(lms, "configure", emulator.url, cwd=project, home=home)
        assert (code, f"LM Studio answers at {emulator.url}." in text) == (0, True)
        code, text = self.run(lms, "configure", "127.0.0.1:9", cwd=project, home=home, url=emulator.url)
        assert code == 0
        assert f"LMSTUDIO_BASE_URL says {emulator.url}, which counts before it." in text
        assert "LM Studio at http://127.0.0.1:9 can't be reached" in text

    def test_troubleshooting_finds_the_wrong_port_the_token_and_the_small_window(
        self, lms: FakeLms, emulator: Emulator, project: Path, home: Path
    ) -> None:
        code, text = self.run(lms, "troubleshoot", cwd=project, home=home, url="http://localhost:9")
        assert code == 1
        assert f"the server listens on port {lms.port}" in text
        assert "can't be reached" in text
        emulator.state.instances[0].context_length = 4_096
        code, text = self.run(lms, "troubleshoot", cwd=project, home=home, url=emulator.url)
        assert (code, "has a window of 4,096 tokens" in text) == (1, True)
        emulator.settings.token = "sk-lm-abcdefgh:abcdefghijklmnopqrst"
        code, text = self.run(lms, "troubleshoot", cwd=project, home=home, url=emulator.url)
        assert (code, "LM_API_TOKEN" in text) == (1, True), text

    def test_nothing_is_wrong_where_all_is_well(
        self, lms: FakeLms, emulator: Emulator, project: Path, home: Path
    ) -> None:
        code, text = self.run(lms, "troubleshoot", cwd=project, home=home, url=emulator.url)
        assert code == 0, text
        assert "fail" not in text
