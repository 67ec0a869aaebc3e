from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from tests.support.emulator import WAIT_S, Emulator
from tests.support.raw_server import Answer, RawServer, http_answer
from vtcode.errors import ModelNotFound, ProviderError, ServerUnreachable, WrongEndpoint
from vtcode.providers.http import Limits, ServerClient
from vtcode.providers.lifecycle import DownloadJob, DownloadProgress
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.lmstudio_download import LmStudioDownloads, Pace
from vtcode.providers.server_memory import ServerMemory
from vtcode.providers.server_words import Server

KEY, SIZE = "acme/thinker-4b", 2_279_145_003
QUICK = Pace(first_s=0.001, slowest_s=0.002, listing_tries=2)


async def all_of(steps: AsyncGenerator[DownloadProgress, None]) -> list[DownloadProgress]:
    async with asyncio.timeout(WAIT_S):
        return [step async for step in steps]


class Bench:
    """Downloads from an emulator, at a quick pace."""

    def __init__(self, emulator: Emulator, state: Path) -> None:
        self.emulator = emulator
        self.provider = LmStudioProvider(base_url=emulator.url, state_folder=state)
        self._client = ServerClient(Server(address=emulator.url, lm_studio=True), Limits())
        self.memory = ServerMemory(state, emulator.url)

    def downloads(self, pace: Pace = QUICK) -> LmStudioDownloads:
        return LmStudioDownloads(self._client, self.provider.list_models, self.memory, pace)

    async def begin(self, name: str, quantization: str = "") -> list[DownloadProgress]:
        return await all_of(self.downloads().begin(name, quantization))

    async def aclose(self) -> None:
        await self._client.aclose()
        await self.provider.aclose()


@pytest.fixture
async def bench(emulator: Emulator, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(emulator, tmp_path / "state")
    yield bench
    await bench.aclose()


def asked(emulator: Emulator) -> list[str]:
    return [request.body.decode() for request in emulator.requests if request.path.endswith("/download")]


async def test_a_download_tells_its_bytes_speed_and_time_until_the_model_is_listed(bench: Bench) -> None:
    first, *middle, last = await bench.begin(KEY)
    assert (first.state, first.total_bytes) == ("downloading", SIZE)
    assert [step.downloaded_bytes for step in middle] == [569_786_251, 1_139_572_502, 1_709_358_753]
    assert [round(step.remaining_s or 0) for step in middle] == [3, 2, 1]
    assert all(step.bytes_per_s == SIZE / 4 for step in middle)
    assert (last.state, last.downloaded_bytes, last.listed_as) == ("completed", SIZE, KEY)
    assert bench.memory.downloads() == ()
    assert all("/status/" in one.path for one in bench.emulator.requests if "status" in one.path)


async def test_what_is_there_is_not_downloaded_again(bench: Bench) -> None:
    (only,) = await bench.begin("acme/chat-8b")
    assert (only.state, only.listed_as) == ("already_downloaded", "acme/chat-8b")


@pytest.mark.parametrize(
    ("name", "quantization", "body"),
    [
        (KEY, "", f'{{"model":"{KEY}"}}'),
        (f" {KEY}@Q4_K_M ", "", f'{{"model":"{KEY}@Q4_K_M"}}'),
        (KEY, "Q4_K_M", f'{{"model":"{KEY}@Q4_K_M"}}'),
        ("hf.co/own/Repo-GGUF", "", '{"model":"https://huggingface.co/own/Repo-GGUF"}'),
        (
            "https://huggingface.co/own/Repo-GGUF/blob/main/x.gguf?download=true",
            "Q8_0",
            '{"model":"https://huggingface.co/own/Repo-GGUF","quantization":"Q8_0"}',
        ),
        (
            "https://huggingface.co/own/Repo-GGUF@Q4_K_M",
            "",
            '{"model":"https://huggingface.co/own/Repo-GGUF","quantization":"Q4_K_M"}',
        ),
    ],
)
async def test_a_name_goes_over_as_the_server_takes_it(
    bench: Bench, name: str, quantization: str, body: str
) -> None:
    with contextlib.suppress(ModelNotFound):  # names that the emulator does not have
        await bench.begin(name, quantization)
    assert asked(bench.emulator) == [body]


async def test_a_name_that_nobody_knows_is_told_with_what_names_are_like(bench: Bench) -> None:
    with pytest.raises(ModelNotFound, match="nothing to download as nope") as unknown:
        await bench.begin("nope")
    assert "lms get nope" in unknown.value.hint


async def test_an_old_server_is_told_from_an_unknown_name(bench: Bench) -> None:
    bench.emulator.stop()
    bench.emulator.settings.surfaces = frozenset({"greeting", "beta", "openai"})
    bench.emulator.start()
    with pytest.raises(WrongEndpoint, match=r"older than 0\.4") as old:
        await bench.begin(KEY)
    assert f"lms get {KEY}" in old.value.hint


async def test_a_download_is_followed_after_a_restart(bench: Bench, tmp_path: Path) -> None:
    async with aclosing(bench.downloads().begin(KEY)) as steps:
        await anext(steps)
    memory = ServerMemory(tmp_path / "state", bench.emulator.url)
    (job,) = memory.downloads()
    assert job.name == KEY
    assert bench.provider.lifecycle.downloads() == (job,)
    last = [step async for step in bench.downloads().follow(job.job_id)][-1]
    assert (last.state, last.listed_as) == ("completed", KEY)
    assert memory.downloads() == ()


async def test_a_download_that_the_server_has_forgotten_is_forgotten_here(bench: Bench) -> None:
    bench.memory.note_download(DownloadJob(job_id="a/b?c", name=KEY))
    with pytest.raises(ProviderError, match=r"knows no download a/b\?c"):
        await all_of(bench.downloads().follow("a/b?c"))
    assert bench.memory.downloads() == ()
    assert bench.emulator.requests[-1].path == "/api/v1/models/download/status/a/b?c"


async def test_a_failed_download_is_an_error_and_no_longer_runs(bench: Bench) -> None:
    bench.emulator.fail_once(download_fails=True)
    with pytest.raises(ProviderError, match=f"could not download {KEY}"):
        await bench.begin(KEY)
    assert bench.memory.downloads() == ()


async def test_a_pause_is_told_and_waited_for(bench: Bench) -> None:
    bench.emulator.fail_once(download_pauses=True)
    states = [step.state for step in await bench.begin(KEY)]
    assert states.count("paused") == 1
    assert states[-1] == "completed"


async def test_a_server_that_is_away_for_good_ends_the_following(bench: Bench) -> None:
    async with aclosing(bench.downloads().begin(KEY)) as steps:
        await anext(steps)
        bench.emulator.stop()
        with pytest.raises(ServerUnreachable):
            await all_of(steps)
    assert [job.name for job in bench.memory.downloads()] == [KEY]


async def test_a_repository_is_listed_by_the_name_that_the_server_makes_of_it(bench: Bench) -> None:
    last = (await bench.begin("https://huggingface.co/own/Repo-GGUF", "Q4_K_M"))[-1]
    assert (last.state, last.listed_as) == ("completed", "own/repo-gguf")


def entry(key: str) -> dict[str, object]:
    return {"key": key, "type": "llm", "loaded_instances": []}


@asynccontextmanager
async def scripted(tmp_path: Path, *statuses: dict[str, object]) -> AsyncIterator[LmStudioDownloads]:
    """A server that lists one model, begins with the first status and goes on with the others."""
    begun, *later = [http_answer(status) for status in statuses]
    answers: dict[str, Answer | list[Answer]] = {
        "/api/v1/models": http_answer({"models": [entry("own/repo")]}),
        "/api/v1/models/download": begun,
        "/api/v1/models/download/status/j": [*later],
    }
    async with RawServer(answers) as server:
        provider = LmStudioProvider(base_url=server.url)
        client = ServerClient(Server(address=server.url, lm_studio=True), Limits())
        memory = ServerMemory(tmp_path, server.url)
        pace = Pace(first_s=0.001, slowest_s=0.002, standstill_s=0.05, listing_tries=2)
        yield LmStudioDownloads(client, provider.list_models, memory, pace)
        await client.aclose()
        await provider.aclose()


GOING_ON = {"status": "downloading", "job_id": "j", "total_size_bytes": 100}


@pytest.mark.parametrize(("status", "words"), [("downloading", "stands still"), ("paused", "is paused")])
async def test_a_download_that_does_not_move_is_given_up_and_can_be_followed_later(
    tmp_path: Path, status: str, words: str
) -> None:
    still = GOING_ON | {"status": status, "downloaded_bytes": 100}
    async with scripted(tmp_path, GOING_ON, still) as downloads:
        with pytest.raises(ProviderError, match=words):
            await all_of(downloads.begin(KEY))
    assert "job_id" in (tmp_path / "servers.toml").read_text()


async def test_speed_and_time_are_measured_where_the_server_tells_none(tmp_path: Path) -> None:
    steps = [GOING_ON | {"downloaded_bytes": done} for done in (10, 20, 30)]
    completed = {"status": "completed", "job_id": "j"}
    async with scripted(tmp_path, GOING_ON, *steps, completed) as downloads:
        first, _, third = [step async for step in downloads.begin("hf.co/own/Repo-GGUF")][1:4]
    assert (first.bytes_per_s, first.remaining_s) == (None, None)
    assert third.bytes_per_s is not None
    assert third.remaining_s == pytest.approx(70 / third.bytes_per_s)


async def test_the_servers_estimate_is_taken_where_there_is_no_other(tmp_path: Path) -> None:
    step = GOING_ON | {"estimated_completion": "2999-01-01T00:00:00.000Z"}
    strange = GOING_ON | {"estimated_completion": "soon", "bytes_per_second": "fast", "status": "verifying"}
    completed = {"status": "completed", "job_id": "j"}
    async with scripted(tmp_path, GOING_ON, step, strange, completed) as downloads:
        steps = [step async for step in downloads.begin("hf.co/own/Repo-GGUF")]
    assert steps[1].remaining_s is not None
    assert steps[1].remaining_s > 1e9
    assert (steps[2].state, steps[2].remaining_s, steps[2].bytes_per_s) == ("downloading", None, None)
    assert steps[-1].listed_as == "own/repo"


@pytest.mark.parametrize("status", ["already_downloaded", "completed"])
async def test_what_is_said_to_be_there_and_is_not_listed_is_an_error(tmp_path: Path, status: str) -> None:
    async with scripted(tmp_path, {"status": status}) as downloads:
        with pytest.raises(ProviderError, match="does not list it") as missing:
            await all_of(downloads.begin(KEY))
    assert f"lms get {KEY}" in missing.value.hint
