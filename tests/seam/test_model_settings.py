"""What `[models."id"]` and `/effort` say, as it reaches the server over each of its wires."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulator import Emulator
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.commands.builtin import dispatch
from vtcode.config.schema import ModelSettings, ReasoningEffort, Settings
from vtcode.emulator.catalog import Effort
from vtcode.events import CommandRan, Notice
from vtcode.providers.model_info import ModelInfo
from vtcode.session.model_settings import asked_with, effort_problem, usable_effort

MODEL = "acme/coder-30b-a3b"
VALUES = {
    "temperature": 0.3,
    "top_p": 0.9,
    "top_k": 40,
    "min_p": 0.05,
    "repeat_penalty": 1.1,
    "presence_penalty": 0.2,
    "frequency_penalty": 0.1,
    "seed": 7,
    "stop": ["END"],
    "max_tokens": 500,
}
ALIKE = ("temperature", "top_p", "top_k", "min_p", "repeat_penalty")
OPENAI = (*ALIKE, "presence_penalty", "frequency_penalty", "seed", "stop")
SENT: dict[str, dict[str, str]] = {
    "chat_completions": {name: name for name in (*OPENAI, "max_tokens")},
    "responses": {**{name: name for name in OPENAI}, "max_tokens": "max_output_tokens"},
    "messages": {
        **{name: name for name in ("temperature", "top_p", "top_k", "max_tokens")},
        "stop": "stop_sequences",
    },
    "native": {**{name: name for name in ALIKE}, "max_tokens": "max_output_tokens"},
}
"""What each wire takes, and under which name."""
ALWAYS_SENT = {("messages", "max_tokens")}
"""Anthropic's API demands a limit."""
EFFORT: dict[str, tuple[str, Any]] = {
    "chat_completions": ("reasoning_effort", "none"),
    "responses": ("reasoning", {"effort": "none"}),
    "messages": ("reasoning_effort", None),
    "native": ("reasoning", "off"),
}
"""Where each wire says how much to reason, and how it spells `off`."""


def user_file(bench: Bench, text: str) -> Path:
    file = bench.locations.user_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


async def body_of(emulator: Emulator, bench: Bench, wire: str, *lines: str) -> dict[str, Any]:
    """Return the body of a message's request, with these lines in the user's file."""
    user_file(bench, "\n".join(lines))
    bench.settings = [
        "agent.provider=lmstudio",
        f"providers.lmstudio.base_url={emulator.url}",
        f"providers.lmstudio.wire={wire}",
        f"agent.default_model={MODEL}",
    ]
    async with bench.session(Recorder()) as session:
        await session.submit("Hello.")
    body: dict[str, Any] = json.loads(emulator.replies_asked[-1].body)
    return body


@pytest.mark.parametrize("wire", SENT)
async def test_every_key_reaches_the_wires_that_take_it(emulator: Emulator, bench: Bench, wire: str) -> None:
    lines = [f"{key} = {json.dumps(value)}" for key, value in VALUES.items()]
    body = await body_of(emulator, bench, wire, f'[models."{MODEL}"]', *lines)
    assert {name: body.get(sent_as) for name, sent_as in SENT[wire].items()} == {
        name: VALUES[name] for name in SENT[wire]
    }
    others = VALUES.keys() - SENT[wire].keys()
    assert not others & body.keys()


@pytest.mark.parametrize("wire", SENT)
async def test_what_is_not_set_is_not_sent(emulator: Emulator, bench: Bench, wire: str) -> None:
    body = await body_of(emulator, bench, wire, '[models."another"]', "top_k = 3")
    sent = {name for name, sent_as in SENT[wire].items() if sent_as in body}
    assert {(wire, name) for name in sent} <= ALWAYS_SENT
    assert EFFORT[wire][0] not in body


@pytest.mark.parametrize("wire", EFFORT)
async def test_the_reasoning_effort_goes_out_in_each_wires_own_words(
    emulator: Emulator, bench: Bench, wire: str
) -> None:
    emulator.state.models[0].reasoning = ("off", "on")
    body = await body_of(emulator, bench, wire, f'[models."{MODEL}"]', 'reasoning_effort = "none"')
    key, value = EFFORT[wire]
    assert body.get(key) == value


@pytest.mark.parametrize("reasoning", [(), ("low", "high")], ids=["no switch", "other levels"])
@pytest.mark.parametrize("wire", EFFORT)
async def test_an_effort_that_the_model_does_not_take_is_not_sent(
    emulator: Emulator, bench: Bench, wire: str, reasoning: tuple[Effort, ...]
) -> None:
    emulator.state.models[0].reasoning = reasoning
    body = await body_of(emulator, bench, wire, "[agent]", 'reasoning_effort = "off"')
    assert EFFORT[wire][0] not in body


async def test_effort_is_shown_set_refused_and_given_back(
    emulator: Emulator, bench: Bench, recorder: Recorder
) -> None:
    emulator.state.models[0].reasoning = ("off", "low", "high")
    bench.settings = ["agent.provider=lmstudio", f"providers.lmstudio.base_url={emulator.url}"]

    async with bench.session(recorder) as session:

        async def sent_after(line: str) -> str | None:
            await dispatch(session, recorder, line)
            await session.submit("Hello.")
            effort = json.loads(emulator.replies_asked[-1].body).get("reasoning_effort")
            return None if effort is None else str(effort)

        assert await sent_after("/effort") is None
        assert await sent_after("/effort high") == "high"
        assert await sent_after("/effort xhigh") == "high"
        assert await sent_after("/effort medium") == "high"
        assert await sent_after("/effort much") == "high"
        assert await sent_after("/effort default") is None
    shown = [event.text for event in recorder.of(CommandRan)]
    assert "It takes: off, low, high" in shown[0]
    refused = [event.text for event in recorder.of(Notice) if event.level == "error"]
    assert refused == [
        f"{MODEL} knows no reasoning effort 'medium', so its default is used; it takes: off, low, high.",
        "There is no reasoning effort 'much'.",
    ]
    assert recorder.of(Notice)[-2].hint == "/effort takes off, low, high, or default: as configured."


async def test_an_unusable_effort_of_the_configuration_is_told_when_the_session_opens(
    emulator: Emulator, bench: Bench, recorder: Recorder
) -> None:
    bench.settings = [
        "agent.provider=lmstudio",
        f"providers.lmstudio.base_url={emulator.url}",
        "agent.reasoning_effort=high",
    ]
    async with bench.session(recorder):
        pass
    assert any("has no reasoning effort to set; 'high' is not sent" in n.text for n in recorder.of(Notice))


@pytest.mark.parametrize(
    ("wanted", "allowed", "sent"),
    [
        ("high", None, "high"),
        ("high", ("low", "high"), "high"),
        ("none", ("off", "on"), "off"),
        ("off", ("none", "low"), "none"),
        ("medium", ("off", "on"), "on"),
        ("on", ("low", "medium"), "medium"),
        ("minimal", ("low", "high"), "low"),
        ("max", ("low", "high"), "high"),
        ("off", ("low", "high"), None),
        ("high", (), None),
    ],
)
def test_a_level_becomes_what_the_model_takes(
    wanted: ReasoningEffort, allowed: tuple[str, ...] | None, sent: str | None
) -> None:
    model = ModelInfo(id="m", reasoning_efforts=allowed)
    assert usable_effort(wanted, model) == sent
    settings = Settings(models={"m": ModelSettings(reasoning_effort=wanted)})
    assert bool(effort_problem(settings, model)) == (sent is None)


@pytest.mark.parametrize("name", ["acme/m@q4:2", "acme/m", "acme/m@q4"], ids=["id", "key", "alias"])
def test_a_models_own_settings_are_found_by_all_its_names(name: str) -> None:
    model = ModelInfo(id="acme/m@q4:2", key="acme/m", aliases=("acme/m", "acme/m@q4"))
    asked = asked_with(Settings(models={name: ModelSettings(top_k=3)}), model)
    assert asked.sampling.top_k == 3


def test_the_id_goes_before_the_other_names() -> None:
    model = ModelInfo(id="acme/m:2", key="acme/m")
    settings = Settings(models={"acme/m": ModelSettings(top_k=3), "acme/m:2": ModelSettings(top_k=4)})
    assert asked_with(settings, model).sampling.top_k == 4


@pytest.mark.parametrize(("wire", "told"), [("native", 1), ("responses", 0)])
async def test_a_tool_mode_that_the_wire_can_not_carry_is_told_once(
    bench: Bench, emulator: Emulator, wire: str, told: int
) -> None:
    bench.settings += ["agent.provider=lmstudio", f"providers.lmstudio.base_url={emulator.url}"]
    bench.settings += [f"providers.lmstudio.wire={wire}", "agent.tool_mode=native"]
    async with bench.session(recorder := Recorder()) as session:
        await session.submit("Hello.")
    text = "Tool mode native can't be had over this wire, so text is used."
    assert [notice.text for notice in recorder.of(Notice)].count(text) == told
