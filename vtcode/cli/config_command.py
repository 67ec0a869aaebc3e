"""`vtcode config show`: every effective value and where it comes from. stdout is valid TOML, or JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from vtcode.config.explain import Row, rows
from vtcode.config.source import shown

if TYPE_CHECKING:
    from vtcode.config.load import Configuration


def run_show(configuration: Configuration, as_json: bool) -> int:
    """Print every value with its layer to stdout, and warnings to stderr; return the exit code."""
    found = rows(configuration)
    print(_as_json(configuration, found) if as_json else _as_toml(configuration, found))
    for warning in configuration.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def _as_toml(configuration: Configuration, found: list[Row]) -> str:
    width = max(len(row.as_toml) for row in found if len(row.as_toml) <= _WIDEST)
    lines = [f"{row.as_toml:<{width}}  # {row.layer}" for row in found]
    lines += ["", *(f"# {layer}: {shown(path)}" for layer, path in configuration.sources.items())]
    if configuration.widening:
        lines.append("# Not applied, because this workspace is not trusted (--trust):")
        lines += [f"#   {text}" for text in configuration.widening]
    return "\n".join(lines).rstrip()


_WIDEST = 70
"""A longer line does not push the layers of all others to the right."""


def _as_json(configuration: Configuration, found: list[Row]) -> str:
    values = {row.key: {"value": row.value, "layer": row.layer, "source": row.source} for row in found}
    return json.dumps(
        {
            "workspace": str(configuration.workspace),
            "files": {layer: str(path) for layer, path in configuration.sources.items()},
            "values": values,
            "not_applied_without_trust": list(configuration.widening),
            "warnings": list(configuration.warnings),
        },
        indent=2,
    )
