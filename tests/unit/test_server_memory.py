from __future__ import annotations

from pathlib import Path

import pytest

from vtcode.providers.lifecycle import DownloadJob
from vtcode.providers.server_memory import ServerMemory

ADDRESS = "http://localhost:1234"
GB = 1_000_000_000


@pytest.fixture(params=["kept", "in the process alone"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> ServerMemory:
    return ServerMemory(tmp_path / "state" if request.param == "kept" else None, ADDRESS)


def test_a_load_is_expected_to_take_as_long_as_the_last_one(memory: ServerMemory) -> None:
    assert memory.expected_load_s("a", 4 * GB) is None
    memory.note_load("a", 4 * GB, 8.0)
    memory.note_load("a", 4 * GB, 6.0)
    assert memory.expected_load_s("a", 4 * GB) == pytest.approx(6.0)


def test_another_model_is_expected_to_load_as_fast_as_the_last_one_for_its_size(memory: ServerMemory) -> None:
    memory.note_load("a", 2 * GB, 20.0)
    memory.note_load("b", 2 * GB, 4.0)
    assert memory.expected_load_s("c", 5 * GB) == pytest.approx(10.0)
    memory.note_load("a", 2 * GB, 2.0)
    assert memory.expected_load_s("c", 5 * GB) == pytest.approx(5.0)


@pytest.mark.parametrize(("size", "seconds"), [(None, 3.0), (0, 3.0), (GB, 0.0)])
def test_what_can_not_be_measured_is_not_remembered(
    memory: ServerMemory, size: int | None, seconds: float
) -> None:
    memory.note_load("a", size, seconds)
    assert memory.expected_load_s("a", GB) is None
    assert memory.expected_load_s("a", None) is None


def test_downloads_are_remembered_until_they_are_forgotten(memory: ServerMemory) -> None:
    first = DownloadJob(job_id="1", name="a", quantization="Q4")
    second = DownloadJob(job_id="2", name="b")
    for job in (first, second, first):
        memory.note_download(job)
    assert memory.downloads() == (second, first)
    memory.forget_download("2")
    memory.forget_download("never there")
    assert memory.downloads() == (first,)


def test_servers_are_kept_apart_and_outlive_the_process(tmp_path: Path) -> None:
    ServerMemory(tmp_path, ADDRESS).note_download(DownloadJob(job_id="1", name="a"))
    ServerMemory(tmp_path, "http://box:1234").note_load("a", GB, 3.0)
    assert [job.job_id for job in ServerMemory(tmp_path, ADDRESS).downloads()] == ["1"]
    assert ServerMemory(tmp_path, ADDRESS).expected_load_s("a", GB) is None
    assert ServerMemory(tmp_path, "http://box:1234").expected_load_s("a", GB) == pytest.approx(3.0)


@pytest.mark.parametrize(
    "content",
    [
        "not = [toml",
        "version = 99",
        'servers = "none"',
        '[servers]\n"http://localhost:1234" = 5',
        '[servers."http://localhost:1234"]\nload_s_per_gb = ["fast"]\ndownloads = [{job_id = 5}]',
        '[servers."http://localhost:1234".load_s_per_gb]\na = "fast"\nb = -1',
    ],
)
def test_a_file_that_can_not_be_understood_says_nothing_and_is_written_anew(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "servers.toml").write_text(content)
    memory = ServerMemory(tmp_path, ADDRESS)
    assert (memory.downloads(), memory.expected_load_s("a", GB)) == ((), None)
    memory.note_load("a", GB, 3.0)
    memory.note_download(DownloadJob(job_id="1", name="a"))
    assert memory.expected_load_s("a", GB) == pytest.approx(3.0)
    assert [job.job_id for job in memory.downloads()] == ["1"]


def test_a_folder_that_can_not_be_written_loses_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = ServerMemory(tmp_path / "file", ADDRESS)
    memory.note_load("a", GB, 3.0)
    assert memory.expected_load_s("a", GB) is None
