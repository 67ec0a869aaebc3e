"""Replies that end before they are complete: cancelled, cut, killed, silent."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.emulator import Emulator
from tests.support.raw_server import LastWords, RawServer, chunked_stream
from tests.support.replies import asking, completed_of, reply_of
from vtcode.errors import ReplyCut, ServerSilent, ServerUnreachable
from vtcode.providers.base import TextPart
from vtcode.providers.http import Limits
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.script import ScriptedCall, Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

MODEL = "acme/coder-30b-a3b"
CALL = ScriptedCall(name="read_file", arguments={"path": "a/long/path/to/hello.txt"})


def whole_turn(pause: Any) -> Turn:
    return Turn(reasoning="hm, let me see", text="I look into it.", calls=(CALL,), pause=pause)


def provider_at(url: str) -> aclosing[LmStudioProvider]:
    return aclosing(LmStudioProvider(base_url=url))


@pytest.fixture
async def provider(emulator: Emulator) -> AsyncIterator[LmStudioProvider]:
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as opened:
        yield opened


@pytest.mark.parametrize("phase", ["prefill", "reasoning", "text", "calls", "end"])
async def test_cancelling_in_any_phase_closes_the_socket(
    emulator: Emulator, provider: LmStudioProvider, phase: str
) -> None:
    emulator.script(whole_turn(phase))
    reply = asyncio.create_task(reply_of(provider, MODEL))
    await emulator.wait_until_paused()
    reply.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reply
    await emulator.wait_until_disconnected()
    assert len(emulator.state.disconnects) == 1
    assert (await completed_of(provider, MODEL)).message.text == "You said: hello"


async def test_closing_the_generator_closes_the_socket(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.script(whole_turn("text"))
    async with aclosing(provider.stream_reply(asking(MODEL))) as parts:
        async for part in parts:
            if isinstance(part, TextPart):
                break
    await emulator.wait_until_disconnected()
    assert emulator.state.disconnects == ["text"]


async def test_a_complete_reply_is_no_disconnect(emulator: Emulator, provider: LmStudioProvider) -> None:
    await reply_of(provider, MODEL)
    assert not emulator.state.disconnects


async def test_nothing_is_left_running_after_a_cancelled_reply(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    before = asyncio.all_tasks()
    emulator.script(whole_turn("text"))
    reply = asyncio.create_task(reply_of(provider, MODEL))
    await emulator.wait_until_paused()
    reply.cancel()
    await asyncio.wait([reply])
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("chunks", range(6))
async def test_a_connection_that_breaks_anywhere_cuts_the_reply(
    emulator: Emulator, provider: LmStudioProvider, chunks: int
) -> None:
    emulator.faults.drop_connection_after = chunks
    emulator.script(whole_turn(None))
    with pytest.raises(ReplyCut):
        await reply_of(provider, MODEL)


async def test_a_stream_that_ends_without_a_finish_is_cut(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.faults.no_finish_reason = True
    with pytest.raises(ReplyCut):
        await reply_of(provider, MODEL)


async def test_a_connection_that_breaks_after_the_finish_cuts_nothing() -> None:
    finished = b'data: {"choices": [{"delta": {"content": "ok"}, "finish_reason": "stop"}]}\n\n'
    broken = LastWords(chunked_stream(finished, end=False))
    async with RawServer({"/v1/chat/completions": broken}) as server, provider_at(server.url) as provider:
        assert (await completed_of(provider, MODEL)).message.text == "ok"


async def test_silence_after_the_first_token_has_a_limit(emulator: Emulator) -> None:
    emulator.script(whole_turn("text"))
    provider = LmStudioProvider(base_url=emulator.url, limits=Limits(silence_s=0.05))
    async with aclosing(provider):
        with pytest.raises(ServerSilent):
            await reply_of(provider, MODEL)
    await emulator.wait_until_disconnected()


@pytest.mark.parametrize(("silence_s", "phase"), [(0.02, "prefill"), (0, "text")])
async def test_silence_without_a_limit_is_waited_out(
    emulator: Emulator, silence_s: float, phase: str
) -> None:
    emulator.script(whole_turn(phase))
    limits = Limits(silence_s=silence_s, answer_s=0.02)
    async with aclosing(LmStudioProvider(base_url=emulator.url, limits=limits)) as provider:
        reply = asyncio.create_task(reply_of(provider, MODEL))
        await emulator.wait_until_paused()
        done, _ = await asyncio.wait([reply], timeout=0.2)
        reply.cancel()
        await asyncio.wait([reply])
    assert not done


async def reply_with_a_kill(provider: LmStudioProvider, server: asyncio.subprocess.Process) -> None:
    async with aclosing(provider.stream_reply(asking(MODEL))) as parts:
        await anext(parts)
        server.send_signal(signal.SIGKILL)
        async for _ in parts:
            pass


async def test_a_killed_server_cuts_the_reply_and_is_unreachable_after_it(tmp_path: Path) -> None:
    script = tmp_path / "script.toml"
    script.write_text('[[turns]]\ntext = "half an answer that never ends"\npause = "text"\n')
    program = "import sys; from pathlib import Path; from vtcode.emulator import run_emulator; "
    program += (
        "run_emulator('127.0.0.1', 0, Path(sys.argv[1]), announce=lambda text: print(text, flush=True))"
    )
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(script), stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    try:
        announced = (await server.stdout.readline()).decode()
        provider = LmStudioProvider(base_url=announced.split()[4])
        async with aclosing(provider):
            with pytest.raises(ReplyCut):
                await reply_with_a_kill(provider, server)
            with pytest.raises(ServerUnreachable):
                await reply_of(provider, MODEL)
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()
