"""One server, one queue: how many requests run at a time, and whose goes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.emulator import Emulator
from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.replies import asking, reply_of
from tests.support.sessions import Bench
from vtcode.errors import GaveWay, ReplyCut
from vtcode.events import Notice, ReplyCompleted
from vtcode.messages import UserMessage
from vtcode.providers.base import Part, Request, TextPart, WaitingPart
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.model_info import ModelInfo
from vtcode.providers.openai_compatible import OpenAICompatibleProvider
from vtcode.providers.queue import ServerQueue, queue_of
from vtcode.providers.script import Turn

MODEL = "acme/coder-30b-a3b"
TURNS_OF_THE_LOOP = 20
"""Enough for everything to happen that can happen without the outside world."""


@pytest.fixture
def emulated() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


async def settle() -> None:
    for _ in range(TURNS_OF_THE_LOOP):
        await asyncio.sleep(0)


def request(text: str = "hello", *, side: bool = False) -> Request:
    return Request(model=MODEL, messages=(UserMessage(text=text),), side=side)


@dataclass
class Replies:
    """Streams that go on when they are told to; notes which of them are open."""

    open_now: list[Request] = field(default_factory=list)
    began: list[Request] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None

    async def stream(self, asked: Request) -> AsyncGenerator[Part, None]:
        self.open_now.append(asked)
        self.began.append(asked)
        try:
            yield TextPart(text="begun")
            await self.go_on.wait()
            if self.failure:
                raise self.failure
            yield TextPart(text="done")
        finally:
            await asyncio.sleep(0)  # closing a connection takes its time
            self.open_now.remove(asked)


async def read(queue: ServerQueue, replies: Replies, asked: Request) -> list[Part]:
    async with aclosing(queue.stream(asked, replies.stream)) as parts:
        return [part async for part in parts]


def carrying(parallel: int | None, *, kind: str = "gguf") -> ServerQueue:
    queue = ServerQueue()
    queue.learn([ModelInfo(id=MODEL, parallel=parallel, format=kind)])
    return queue


@asynccontextmanager
async def running(*tasks: asyncio.Task[list[Part]]) -> AsyncIterator[None]:
    try:
        await settle()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize(
    ("queue", "at_a_time"),
    [
        (carrying(3), 3),
        (carrying(1), 1),
        (carrying(None), 1),
        (carrying(4, kind="mlx"), 1),
        (ServerQueue(), 1),
    ],
    ids=["as the instance says", "one", "not told", "MLX", "unknown model"],
)
async def test_as_many_requests_run_as_the_model_answers(queue: ServerQueue, at_a_time: int) -> None:
    replies = Replies()
    tasks = [asyncio.create_task(read(queue, replies, request())) for _ in range(5)]
    async with running(*tasks):
        assert len(replies.open_now) == at_a_time
        replies.go_on.set()
        everything = await asyncio.gather(*tasks)
    assert len(replies.began) == 5
    assert [isinstance(parts[0], WaitingPart) for parts in everything] == [n >= at_a_time for n in range(5)]


async def test_the_users_request_goes_before_those_that_nobody_waits_for() -> None:
    queue, replies = carrying(1), Replies()
    first, aside, second = request("first"), request("aside", side=True), request("second")
    tasks = [asyncio.create_task(read(queue, replies, asked)) for asked in (first, aside, second)]
    async with running(*tasks):
        replies.go_on.set()
        await asyncio.gather(*tasks)
    assert replies.began == [first, second, aside]


async def test_a_request_aside_does_not_begin_beside_the_users_even_where_there_is_room() -> None:
    queue, replies = carrying(4), Replies()
    tasks = [asyncio.create_task(read(queue, replies, request(side=side))) for side in (False, True)]
    async with running(*tasks):
        assert [asked.side for asked in replies.open_now] == [False]


async def test_a_request_aside_is_broken_off_when_the_user_asks_and_its_connection_is_closed_first() -> None:
    queue, replies = carrying(1), Replies()
    aside = asyncio.create_task(read(queue, replies, request(side=True)))
    async with running(aside):
        of_user = asyncio.create_task(read(queue, replies, request()))
        async with running(of_user):
            assert [asked.side for asked in replies.open_now] == [False]
            with pytest.raises(GaveWay):
                await aside
            replies.go_on.set()
            assert not isinstance((await of_user)[0], WaitingPart)


async def test_a_request_aside_whose_reader_is_slow_keeps_nobody_waiting() -> None:
    queue, replies = carrying(1), Replies()
    async with aclosing(queue.stream(request(side=True), replies.stream)) as unread:
        await anext(unread)
        replies.go_on.set()
        assert [part.text for part in await read(queue, replies, request())] == ["begun", "done"]  # type: ignore[union-attr]
        with pytest.raises(GaveWay):
            [part async for part in unread]


async def test_vectors_are_made_while_the_user_waits_for_nothing_and_give_way(emulated: Emulator) -> None:
    emulated.script(Turn(text="fine", pause="prefill"))
    provider = LmStudioProvider(base_url=emulated.url)
    async with aclosing(provider):
        asking = asyncio.create_task(reply_of(provider, MODEL))
        await emulated.wait_until_paused()
        embedding = asyncio.create_task(provider.embed("text-embedding-mini", ["a"]))
        for _ in range(3):  # Time enough to be asked, if it did not wait.
            await provider.list_models()
        assert not any(asked.path == "/v1/embeddings" for asked in emulated.requests)
        emulated.release()
        await asking
        assert len(await embedding) == 1


async def test_work_aside_is_broken_off_when_the_user_asks() -> None:
    queue, replies, forever = carrying(1), Replies(), asyncio.Event()
    aside = asyncio.create_task(queue.aside(MODEL, forever.wait))
    await settle()
    of_user = asyncio.create_task(read(queue, replies, request()))
    async with running(of_user):
        with pytest.raises(GaveWay):
            await aside
        assert len(replies.open_now) == 1


async def test_work_aside_gives_what_came_of_it_or_its_failure_and_frees_the_place() -> None:
    queue = carrying(1)

    async def fails() -> None:
        raise ReplyCut("cut")

    with pytest.raises(ReplyCut):
        await queue.aside(MODEL, fails)
    assert await queue.aside(MODEL, lambda: asyncio.sleep(0, "a vector")) == "a vector"


async def test_a_failure_aside_reaches_who_asked_and_frees_the_place() -> None:
    queue, replies = carrying(1), Replies(failure=ReplyCut("cut"))
    replies.go_on.set()
    with pytest.raises(ReplyCut):
        await read(queue, replies, request(side=True))
    replies.failure = None
    assert await read(queue, replies, request())


@pytest.mark.parametrize("side", [False, True])
async def test_who_stops_waiting_gives_its_place_to_the_next(side: bool) -> None:
    queue, replies = carrying(1), Replies()
    running_one, waiting, last = (
        asyncio.create_task(read(queue, replies, request(side=side))) for _ in range(3)
    )
    async with running(running_one, waiting, last):
        waiting.cancel()
        await settle()
        running_one.cancel()
        await settle()
        assert len(replies.began) == 2
        assert len(replies.open_now) == 1


def test_all_who_speak_to_one_address_share_its_queue() -> None:
    assert queue_of("http://localhost:1") is not queue_of("http://localhost:2")
    lm_studio = LmStudioProvider(base_url="http://localhost:1234/v1/")
    other = OpenAICompatibleProvider("mine", "http://localhost:1234")
    assert lm_studio._queue is other._queue


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["user", "side", "cancel", "finish", "close"]), st.integers(min_value=0, max_value=9)
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(parallel=st.integers(min_value=1, max_value=3), moves=MOVES)
def test_whatever_happens_the_rules_hold_and_nobody_is_forgotten(
    parallel: int, moves: list[tuple[str, int]]
) -> None:
    asyncio.run(_play(parallel, moves))


async def _play(parallel: int, moves: list[tuple[str, int]]) -> None:
    queue = carrying(parallel)
    told: dict[asyncio.Task[list[Part]], Replies] = {}
    asked: list[Request] = []
    open_now: list[Request] = []
    began: list[Request] = []
    for move, which in moves:
        waiting = [task for task in told if not task.done()]
        if move in {"user", "side"}:
            asked.append(request(str(len(asked)), side=move == "side"))
            replies = Replies(open_now=open_now, began=began)
            told[asyncio.create_task(read(queue, replies, asked[-1]))] = replies
        elif waiting and move == "finish":
            told[waiting[which % len(waiting)]].go_on.set()
        elif waiting:
            waiting[which % len(waiting)].cancel()
            if move == "close":
                continue  # the next move comes in the middle of it
        await settle()
        users = [one for one in open_now if not one.side]
        assert len(open_now) <= parallel
        assert not users or len(users) == len(open_now)
        user_places = [asked.index(one) for one in began if not one.side]
        assert user_places == sorted(user_places)
    for replies in told.values():
        replies.go_on.set()
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            await asyncio.gather(*told, return_exceptions=True)
    assert all(task.done() for task in told)
    assert not open_now
    outcomes = [None if task.cancelled() else task.exception() for task in told]
    assert all(outcome is None or isinstance(outcome, GaveWay) for outcome in outcomes)


async def test_over_http_requests_to_a_model_of_one_slot_follow_each_other(emulated: Emulator) -> None:
    emulated.state.instances[0].parallel = 1
    emulated.script(Turn(text="one", pause="text"), Turn(text="two"))
    async with aclosing(LmStudioProvider(base_url=emulated.url)) as provider:
        await provider.list_models()
        first = asyncio.create_task(reply_of(provider, MODEL))
        await emulated.wait_until_paused()
        second = asyncio.create_task(reply_of(provider, MODEL))
        async with running(first, second):
            assert len(emulated.replies_asked) == 1
            emulated.release()
            await first
            assert isinstance((await second)[0], WaitingPart)
    assert len(emulated.replies_asked) == 2


async def test_over_http_a_request_aside_is_cut_for_the_users(emulated: Emulator) -> None:
    emulated.script(Turn(text="warm", pause="text"), Turn(text="for you"))
    async with aclosing(LmStudioProvider(base_url=emulated.url)) as provider:
        aside = asyncio.create_task(_read_aside(provider))
        await emulated.wait_until_paused()
        parts = await reply_of(provider, MODEL)
        with pytest.raises(GaveWay):
            await aside
        await emulated.wait_until_disconnected()
    assert any(isinstance(part, TextPart) for part in parts)


async def _read_aside(provider: LmStudioProvider) -> list[Part]:
    async with aclosing(provider.stream_reply(replace(asking(MODEL), side=True))) as parts:
        return [part async for part in parts]


async def test_who_has_to_wait_for_another_request_is_told(bench: Bench, emulated: Emulator) -> None:
    emulated.state.instances[0].parallel = 1
    emulated.script(Turn(text="one", pause="text"), Turn(text="two"))
    bench.settings.append(f"providers.lmstudio.base_url={emulated.url}")
    first, second = Recorder(), Recorder()
    async with bench.session(first) as one, bench.session(second) as two:
        asked_first = asyncio.create_task(one.submit("Go."))
        await emulated.wait_until_paused()
        asked_second = asyncio.create_task(two.submit("Go."))
        waits = "answers another request first"
        await second.until(lambda: any(waits in notice.text for notice in second.of(Notice)))
        emulated.release()
        await asyncio.gather(asked_first, asked_second)
    assert first.of(ReplyCompleted)[0].message.text == "one"
    assert second.of(ReplyCompleted)[0].message.text == "two"
    assert_grammar(second.events)
