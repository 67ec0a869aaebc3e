"""A configuration from texts, in folders of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.config.load import Configuration, Overrides, load
from vtcode.config.locations import Locations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def locations_in(folder: Path) -> Locations:
    """Return locations below `folder`; nothing is created."""
    return Locations(config=folder / "config", state=folder / "state", cache=folder / "cache")


def configuration_from(
    folder: Path,
    *,
    workspace: str | bytes | None = None,
    user: str | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Overrides | None = None,
    trusted: bool = False,
) -> Configuration:
    """Write the files' texts below `folder` and load them; the workspace is `folder / "project"`."""
    places = locations_in(folder)
    project = folder / "project"
    project.mkdir(exist_ok=True)
    places.config.mkdir(exist_ok=True)
    if user is not None:
        places.user_file.write_text(user, encoding="utf-8")
    if workspace is not None:
        content = workspace.encode() if isinstance(workspace, str) else workspace
        (project / "vtcode.toml").write_bytes(content)
    return load(
        project,
        locations=places,
        environ=environ or {},
        overrides=overrides or Overrides(),
        trusted=lambda _: trusted,
    )
