"""What the doctor finds at an LM Studio, and what it leaves alone."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from tests.support.lm_studio import MODEL, bodies, session_with
from tests.support.sessions import Bench, call
from vtcode.agent.tool_mode import ToolModes
from vtcode.bootstrap import build_provider
from vtcode.commands.builtin import dispatch
from vtcode.commands.checks import Check, lines_of, report
from vtcode.commands.doctor_checks import Case, examine
from vtcode.events import CommandRan, Notice
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from tests.support.emulator import Emulator
    from tests.support.recorder import Recorder

CALLS = Turn(calls=(call("read_file", path="hello.txt"),))
TALKS = Turn(text="Sure, I would read hello.txt.")
SAYS_CALL = Turn(text='{"say":"","call":{"name":"read_file","arguments":{"path":"hello.txt"}}}')
WRITES_CALL = Turn(text='<tool_call>{"name":"read_file","arguments":{"path":"hello.txt"}}</tool_call>')


class Doctor:
    """Examines what a bench is configured for."""

    def __init__(self, bench: Bench, recorder: Recorder) -> None:
        self.bench = bench
        self.recorder = recorder
        self.modes = ToolModes.in_folder(bench.locations.state)
        self.told: list[str] = []

    async def examine(self, model: str = "") -> dict[str, Check]:
        """Return what was found, by the check's name."""
        configuration = self.bench.configuration()
        provider = build_provider(configuration, configuration.settings.agent.provider, self.recorder)
        case = Case(
            configuration=configuration,
            provider=provider,
            model=model,
            has_key=False,
            containment=None,
            tool_modes=self.modes,
            tell=self._tell,
        )
        try:
            async with aclosing(examine(case)) as found:
                return {check.name: check async for check in found}
        finally:
            await provider.aclose()

    async def _tell(self, text: str) -> None:
        self.told.append(text)


@pytest.fixture
def doctor(bench: Bench, recorder: Recorder, emulator: Emulator) -> Doctor:
    bench.settings.append(f"providers.lmstudio.base_url={emulator.url}")
    return Doctor(bench, recorder)


@pytest.mark.parametrize(
    ("turns", "mode"),
    [
        ([CALLS], "native"),
        ([TALKS, SAYS_CALL], "structured"),
        ([Turn(error="does not support tools"), SAYS_CALL], "structured"),
        ([TALKS, Turn(text="no JSON"), WRITES_CALL], "text"),
        ([WRITES_CALL], "native"),
    ],
    ids=["calls", "talks", "refused", "writes", "the server leaves the call in the text"],
)
async def test_the_first_mode_in_which_a_call_comes_is_the_verdict(
    doctor: Doctor, emulator: Emulator, bench: Bench, recorder: Recorder, turns: list[Turn], mode: str
) -> None:
    emulator.script(*turns)
    found = await doctor.examine()
    assert [check.verdict for check in found.values() if check.name != "lms"] == ["ok"] * 6
    assert found["tool calls"].tool_mode == mode
    assert f"tool mode {mode}" in found["tool calls"].text
    assert len(bodies(emulator)) == len(turns)
    async with bench.session(recorder) as session:
        assert session.model.tool_modes[0] == mode


async def test_a_model_that_calls_in_no_mode_fails_and_nothing_is_remembered(
    doctor: Doctor, emulator: Emulator
) -> None:
    emulator.script(TALKS, TALKS, TALKS)
    found = await doctor.examine()
    assert found["tool calls"].verdict == "fail"
    assert found["tool calls"].hint
    assert not (doctor.bench.locations.state / "tool_modes.toml").exists()


async def test_a_chosen_mode_that_works_is_left_and_one_that_does_not_is_told(
    doctor: Doctor, emulator: Emulator
) -> None:
    doctor.bench.settings.append("agent.tool_mode=text")
    emulator.script(WRITES_CALL, TALKS, CALLS)
    assert (await doctor.examine())["tool calls"].verdict == "ok"
    found = (await doctor.examine())["tool calls"]
    assert (found.verdict, found.tool_mode) == ("warn", "native")
    assert '"text" is set' in found.hint


async def test_nothing_is_asked_of_a_model_that_is_not_loaded(doctor: Doctor, emulator: Emulator) -> None:
    found = await doctor.examine("acme/chat-8b")
    assert found["model"].verdict == "warn"
    assert "models load" in found["model"].hint
    assert found["tool calls"].verdict == "warn"
    assert {request.method for request in emulator.requests} == {"GET"}
    assert [instance.key for instance in emulator.state.instances] == [MODEL]


async def test_it_is_told_what_takes_its_time(doctor: Doctor, emulator: Emulator) -> None:
    emulator.script(TALKS, SAYS_CALL)
    await doctor.examine()
    assert [text for text in doctor.told if "tool mode" in text] == [
        f"asking {MODEL} for one tiny call, tool mode native",
        f"asking {MODEL} for one tiny call, tool mode structured",
    ]


async def test_the_apis_that_answer_are_named(doctor: Doctor, emulator: Emulator) -> None:
    emulator.stop()
    emulator.settings.surfaces = frozenset({"greeting", "beta", "openai"})
    emulator.start()
    emulator.script(CALLS)
    assert (await doctor.examine())["server"].text.endswith("answers: /api/v0, /v1")


async def test_a_token_that_is_missing_is_told(doctor: Doctor, emulator: Emulator) -> None:
    emulator.settings.token = "sk-lm-secret:token"
    found = await doctor.examine()
    assert found["access"].verdict == "fail"
    assert "tool calls" not in found
    assert "secret" not in str(found)


async def test_a_small_window_is_warned_about_with_the_command_that_helps(
    doctor: Doctor, emulator: Emulator
) -> None:
    (instance,) = emulator.state.instances
    instance.context_length = 4_096
    emulator.script(CALLS)
    window = (await doctor.examine())["window"]
    assert window.verdict == "warn"
    assert f"models load {MODEL} --context-length 16384" in window.hint


async def test_a_server_that_is_away_is_all_that_can_be_told(doctor: Doctor, emulator: Emulator) -> None:
    emulator.stop()
    found = await doctor.examine()
    assert found["server"].verdict == "fail"
    assert "lms server start" in found["server"].hint
    assert set(found) == {"settings", "lms", "server"}


async def test_keys_of_no_use_are_warned_about(doctor: Doctor, emulator: Emulator) -> None:
    (doctor.bench.workspace / "vtcode.toml").write_text(
        '[agent]\nsystem_prompt_mode = "default"\n[acp]\nenabled = true\n'
    )
    emulator.script(CALLS)
    settings = (await doctor.examine())["settings"]
    assert settings.verdict == "warn"
    assert "vtcode.toml" in settings.text


async def test_the_command_shows_the_same_lines_and_has_the_session_follow_the_verdict(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(TALKS, SAYS_CALL, Turn(text='{"answer":"Hello."}'))
    async with session_with(bench, emulator, recorder) as session:
        await dispatch(session, recorder, "/doctor")
        await session.submit("hello")
    (ran,) = recorder.of(CommandRan)
    assert ran.command == "/doctor"
    assert "- **ok** tool calls: this model needs tool mode structured" in ran.text
    assert not any("/doctor" in notice.text for notice in recorder.of(Notice))
    assert "response_format" in bodies(emulator)[-1]
    assert "doctor" not in str(bodies(emulator)[-1]["messages"])


def test_a_line_shows_every_character_of_foreign_words() -> None:
    check = Check(
        name="server", verdict="fail", text="it said \x1b[31mno\nok    all", hint="Try \u202eagain."
    )
    assert lines_of(check).count("\n") == 1
    assert "\x1b" not in lines_of(check)
    assert "\u202e" not in lines_of(check)
    assert report([check]).count("\n") == 1
    assert "\x1b" not in report([check])


def test_a_check_breaks_between_words_at_the_width_of_the_terminal() -> None:
    check = Check(name="server", verdict="ok", text="word " * 30, hint="do this " * 20)
    lines = lines_of(check, 60).split("\n")
    assert max(map(len, lines)) <= 60
    assert all(line.startswith(" " * 18) for line in lines[1:])
    assert " ".join(" ".join(lines).split()) == "ok server " + ("word " * 30 + "do this " * 20).strip()
