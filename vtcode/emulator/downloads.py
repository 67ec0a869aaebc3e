"""Downloads: jobs that go on as they are asked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vtcode.emulator.download_job import DownloadJob
from vtcode.emulator.refusals import Refused

if TYPE_CHECKING:
    from vtcode.emulator.catalog import EmulatedModel
    from vtcode.emulator.state import EmulatorState

_SECONDS_A_POLL = 1.0
_TROUBLED_POLL = 2


def start_download(state: EmulatorState, name: str, quantization: str) -> dict[str, Any]:
    """Begin a download, and return what the server says about it.

    Raises:
        Refused: There is no such model, or the quantisation can't be chosen for it.
    """
    if quantization and "://" not in name:
        raise Refused(
            "Quantization can be chosen for Hugging Face links alone.",
            code="invalid_value",
            param="quantization",
        )
    model = _wanted(state, name, quantization)
    if any(known.key == model.key and known.quantization == model.quantization for known in state.models):
        return {"status": "already_downloaded"}
    job = DownloadJob(
        id=f"job_{len(state.jobs) + 1:010x}",
        model=model,
        started_s=state.clock.now_s(),
        faults=state.faults_for("download"),
    )
    state.jobs[job.id] = job
    return {
        "job_id": job.id,
        "status": job.status,
        "total_size_bytes": model.size_bytes,
        "started_at": _iso(job.started_s),
    }


def download_status(state: EmulatorState, job_id: str) -> dict[str, Any]:
    """Let a download go on by one step, and return how far it is.

    Raises:
        Refused: There is no such job.
    """
    job = state.jobs.get(job_id)
    if job is None:
        raise Refused(f"Download job '{job_id}' not found", kind="unknown_job", param="job_id")
    if job.status in ("downloading", "paused"):
        _advance(state, job)
    return _told(state, job)


def _advance(state: EmulatorState, job: DownloadJob) -> None:
    job.polls += 1
    job.status = "downloading"
    if job.polls == _TROUBLED_POLL and job.faults.download_fails:
        job.status = "failed"
        return
    if job.polls == _TROUBLED_POLL and job.faults.download_pauses:
        job.status = "paused"
        return
    step = -(-job.model.size_bytes // max(state.settings.download_polls, 1))
    job.downloaded_bytes = min(job.downloaded_bytes + step, job.model.size_bytes)
    if job.downloaded_bytes == job.model.size_bytes:
        job.status = "completed"
        job.completed_s = state.clock.now_s()
        state.models.append(job.model)


def _told(state: EmulatorState, job: DownloadJob) -> dict[str, Any]:
    total = job.model.size_bytes
    told: dict[str, Any] = {
        "job_id": job.id,
        "status": job.status,
        "total_size_bytes": total,
        "downloaded_bytes": job.downloaded_bytes,
        "started_at": _iso(job.started_s),
    }
    if job.status == "downloading":
        speed = total / max(state.settings.download_polls, 1) / _SECONDS_A_POLL
        left_s = (total - job.downloaded_bytes) / speed
        told["bytes_per_second"] = speed
        told["estimated_completion"] = _iso(state.clock.now_s() + left_s)
    if job.status == "completed":
        told["completed_at"] = _iso(job.completed_s)
    return told


def _wanted(state: EmulatorState, name: str, quantization: str) -> EmulatedModel:
    """Return the model of the catalogue, on disk, or behind a link of Hugging Face."""
    known = next((model for model in [*state.catalog, *state.models] if model.key == name), None)
    if known is not None:
        return replace(known)
    link = urlsplit(name)
    key = link.path.strip("/")
    is_repository = link.scheme == "https" and link.hostname == "huggingface.co" and key.count("/") == 1
    if not is_repository or not any(form in key.lower() for form in ("gguf", "mlx")):
        raise Refused(f"Model '{name}' not found", kind="unknown_model", param="model")
    model = replace(state.catalog[0]) if state.catalog else replace(state.models[0])
    model.key, model.variants = key.lower(), ()
    model.quantization = quantization or model.quantization
    return model


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")
