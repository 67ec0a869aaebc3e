"""Layers put on top of each other, with the origin of every value; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from vtcode.config.keys import dotted, flatten
from vtcode.config.schema import Settings

if TYPE_CHECKING:
    from vtcode.config.keys import KeyPath
    from vtcode.config.source import Place

Layer: TypeAlias = Literal["built-in", "user", "workspace", "environment", "--config", "-c", "flag"]
"""Where a value comes from, from the weakest to the strongest."""

_UNITED = frozenset(
    {("commands", f"{verb}_{kind}") for verb in ("ask", "deny") for kind in ("list", "glob", "regex")}
    | {("commands", "rules"), ("paths", "deny")}
)
"""Lists that a higher layer adds to and can't shorten: what one layer denies stays denied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTable:
    """What one layer says, checked."""

    layer: Layer
    table: Mapping[str, Any]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Some layers, the higher over the lower."""

    table: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, Layer] = field(default_factory=dict)
    """Dotted key -> the highest layer that set it; a key that is missing is built-in."""

    @property
    def settings(self) -> Settings:
        """The merged table with the built-in defaults below it."""
        return Settings.model_validate(self.table)

    def with_layer(self, upper: LayerTable) -> Merged:
        """Return these layers with one more on top."""
        origins = dict(self.origins)
        for path, value in flatten(upper.table):
            if path not in _UNITED or value:
                origins[dotted(path)] = upper.layer
        return Merged(table=_merged(self.table, upper.table, ()), origins=origins)


def _merged(lower: Mapping[str, Any], upper: Mapping[str, Any], section: KeyPath) -> dict[str, Any]:
    result = dict(lower)
    for name, value in upper.items():
        path = (*section, name)
        below = result.get(name)
        if isinstance(value, Mapping):
            result[name] = _merged(below or {}, value, path)
        elif path in _UNITED:
            result[name] = (*(below or ()), *(item for item in value if item not in (below or ())))
        else:
            result[name] = value
    return result
