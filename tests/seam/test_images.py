"""Pictures on their way to a server: what is sent, what is not, and what a session remembers."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.support.emulator import Emulator
from tests.support.pictures import picture, picture_file
from tests.support.program import run_vtcode
from tests.support.raw_server import RawServer, chunked_stream, http_answer
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.errors import NoVision
from vtcode.events import Event, TurnStarted, UserMessageAdded
from vtcode.messages import Image
from vtcode.providers.script import Turn
from vtcode.session.session import Session

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
MODEL = "acme/coder-30b-a3b"
BLIND = "acme/chat-8b"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        running.state.models[0].vision = True
        yield running


@pytest.fixture
def run(emulator: Emulator, project: Path, tmp_path: Path) -> Run:
    (tmp_path / "home").mkdir()

    def run_in_project(*arguments: str) -> Any:
        environment = {"LMSTUDIO_BASE_URL": emulator.url}
        return run_vtcode(*arguments, cwd=project, home=tmp_path / "home", environment=environment)

    return run_in_project


def last_said(emulator: Emulator) -> Any:
    return json.loads(emulator.replies_asked[-1].body)["messages"][-1]["content"]


def pictures_in(content: list[dict[str, Any]]) -> list[tuple[str, bytes]]:
    urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    heads = [url.partition(",") for url in urls]
    return [(head, base64.b64decode(data)) for head, _, data in heads]


def bench_on(emulator: Emulator, bench: Bench, model: str = MODEL) -> Bench:
    bench.settings += [
        "agent.provider=lmstudio",
        f"providers.lmstudio.base_url={emulator.url}",
        f"agent.default_model={model}",
    ]
    return bench


def test_a_picture_that_is_named_goes_along_byte_for_byte(
    emulator: Emulator, run: Run, project: Path
) -> None:
    picture_file(project / "shot.png")
    done = run("ask", "What is in @shot.png?")
    assert done.returncode == 0, done.stderr
    content = last_said(emulator)
    assert content[0] == {"type": "text", "text": "What is in @shot.png?"}
    assert pictures_in(content) == [("data:image/png;base64", picture())]


def test_pictures_of_the_command_line_go_along_converted(emulator: Emulator, run: Run, project: Path) -> None:
    picture_file(project / "a.jpg", "JPEG")
    picture_file(project / "b.webp", "WEBP")
    done = run("--image", "a.jpg", "exec", "Compare.", "--image", "b.webp")
    assert done.returncode == 0, done.stderr
    first, second = pictures_in(last_said(emulator))
    assert first == ("data:image/jpeg;base64", picture("JPEG"))
    assert second[0] == "data:image/png;base64"


def test_without_a_picture_the_content_is_plain_text(emulator: Emulator, run: Run) -> None:
    assert run("ask", "Hello.").returncode == 0
    assert last_said(emulator) == "Hello."


@pytest.mark.parametrize(
    "arguments", [["What is in @shot.png?"], ["What is this?", "--image", "shot.png"]], ids=["named", "flag"]
)
def test_a_model_without_vision_is_told_of_before_anything_is_sent(
    emulator: Emulator, run: Run, project: Path, arguments: list[str]
) -> None:
    emulator.state.models[0].vision = False
    picture_file(project / "shot.png")
    done = run("exec", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{MODEL} can't see pictures, so nothing was sent (shot.png)." in done.stderr
    assert not emulator.replies_asked


def test_what_is_no_picture_is_not_sent(emulator: Emulator, run: Run, project: Path) -> None:
    (project / "shot.png").write_text("#!/bin/sh\ntouch run\n")
    done = run("exec", "What is in @shot.png?")
    assert done.returncode == 1
    assert "shot.png is not a picture" in done.stderr
    assert not emulator.replies_asked
    assert [path.name for path in project.iterdir()] == ["shot.png"]


def test_a_missing_picture_ends_the_run_before_a_server_is_asked(emulator: Emulator, run: Run) -> None:
    done = run("exec", "Hello.", "--image", "nothing.png")
    assert done.returncode == 2
    assert "--image: there is no file nothing.png." in done.stderr
    assert not emulator.requests


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["What is this?", "--image", "shot.png"], f"{BLIND} can't see pictures"),
        (["What is in @shot.png?"], f"{BLIND} can't see pictures"),
        (["What is in @nothing.png?"], "There is no picture nothing.png."),
    ],
    ids=["flag", "named", "missing"],
)
@pytest.mark.parametrize("command", ["ask", "exec"])
def test_no_model_is_loaded_for_pictures_that_it_is_not_sent(
    emulator: Emulator, run: Run, project: Path, command: str, arguments: list[str], told: str
) -> None:
    picture_file(project / "shot.png")
    emulator.state.models[1].vision = False
    done = run(command, "--model", BLIND, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert [one.key for one in emulator.state.instances] == [MODEL]


async def test_where_a_server_does_not_say_what_a_model_sees_pictures_are_sent(
    bench: Bench, recorder: Recorder
) -> None:
    chunk = b'data: {"choices":[{"index":0,"delta":{"content":"A"},"finish_reason":"stop"}]}\n\n'
    answers = {
        "/v1/models": http_answer({"data": [{"id": "some-model"}]}),
        "/v1/chat/completions": chunked_stream(chunk, b"data: [DONE]\n\n"),
    }
    async with RawServer(answers) as server:
        bench.settings += [
            "agent.provider=openai_compatible",
            f"providers.openai_compatible.base_url={server.url}/v1",
        ]
        picture_file(bench.workspace / "shot.png")
        async with bench.session(recorder) as session:
            assert session.model.vision is None
            await session.submit("@shot.png", await session.attachments.of("@shot.png", session.model))
        body = json.loads(server.requests[-1].partition(b"\r\n\r\n")[2])
    assert pictures_in(body["messages"][-1]["content"])[0][1] == picture()


async def test_a_resumed_session_sends_the_same_bytes(
    emulator: Emulator, bench: Bench, recorder: Recorder
) -> None:
    bench_on(emulator, bench)
    picture_file(bench.workspace / "shot.png")
    emulator.script(Turn(text="A red one."), Turn(text="Still red."))
    async with bench.session(recorder) as session:
        await session.submit(
            "Which? @shot.png", await session.attachments.of("Which? @shot.png", session.model)
        )
    (bench.workspace / "shot.png").unlink()
    async with bench.session(recorder, resume=bench.store.latest(bench.workspace)) as session:
        await session.submit("Sure?")
    first, second = (request.body for request in emulator.replies_asked)
    messages = first[first.index(b'"messages":[') : first.index(b'],"tools"')]
    assert messages in second
    (started,) = [event for event in recorder.of(TurnStarted) if event.images]
    assert (started.images[0].name, started.images[0].width, started.images[0].height) == ("shot.png", 64, 48)


class Adding(Recorder):
    """Says two more things, with pictures, as soon as the first turn runs."""

    session: Session
    images: tuple[Image, ...]

    async def show(self, event: Event) -> None:
        await super().show(event)
        if isinstance(event, TurnStarted) and event.turn == 1:
            self.session.queue.steer("And this?", self.images)
            self.session.queue.add("And that?", self.images)


async def test_a_picture_can_join_a_running_turn_or_wait_for_its_end(
    emulator: Emulator, bench: Bench
) -> None:
    bench_on(emulator, bench)
    picture_file(bench.workspace / "shot.png")
    emulator.script(Turn(calls=(call("list_files"),)), Turn(text="Seen."), Turn(text="Again."))
    adding = Adding()
    async with bench.session(adding) as adding.session:
        adding.images = await adding.session.attachments.of("@shot.png", adding.session.model)
        await adding.session.submit("Look.")
    assert adding.of(UserMessageAdded)[0].images == adding.images
    assert adding.of(TurnStarted)[1].images == adding.images
    assert len(pictures_in(last_said(emulator))) == 1


async def test_for_a_model_that_sees_nothing_words_take_the_place_of_earlier_pictures(
    emulator: Emulator, bench: Bench, recorder: Recorder
) -> None:
    bench_on(emulator, bench)
    picture_file(bench.workspace / "shot.png")
    async with bench.session(recorder) as session:
        await session.submit("@shot.png", await session.attachments.of("@shot.png", session.model))
        await session.select_model(await session.provider.resolve_model(BLIND))
        with pytest.raises(NoVision):
            await session.attachments.of("@shot.png", session.model)
        await session.submit("And now?")
    said = json.loads(emulator.replies_asked[-1].body)["messages"]
    assert said[1]["content"] == "@shot.png\n\n[Left out, because you can't see pictures: shot.png]"
