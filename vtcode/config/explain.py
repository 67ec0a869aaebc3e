"""Every effective value with the layer it came from, for `vtcode config show`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vtcode.config.keys import dotted, flatten, toml_text
from vtcode.permissions import POLICY_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.config.keys import KeyPath
    from vtcode.config.load import Configuration
    from vtcode.config.merge import Layer
    from vtcode.config.schema import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One effective value."""

    key: str
    """Dotted, as `-c` takes it."""
    value: str | bool | int | float | list[Any] | None
    """None where it is not set."""
    layer: Layer
    source: str | None
    """The file that the layer is; None for layers that are none."""

    @property
    def as_toml(self) -> str:
        """The row as a line of TOML; a key that is not set, as a comment."""
        if self.value is None:
            return f"# {self.key} is not set"
        return f"{self.key} = {toml_text(self.value)}"


def rows(configuration: Configuration) -> list[Row]:
    """Return a row for every key, in the schema's order, and for every tool's policy."""
    default_chosen = configuration.chosen("tools.default_policy")
    values = _values(configuration.settings, default_chosen=default_chosen)
    return [_row(path, value, configuration) for path, value in values]


def _values(settings: Settings, *, default_chosen: bool) -> Iterator[tuple[KeyPath, object]]:
    """Yield every value, policies resolved for each tool, providers that are set or chosen last."""
    table = settings.model_dump(exclude={"providers"})
    table["tools"]["policies"] = {
        tool: settings.tools.standing(tool, default_chosen=default_chosen)[0] for tool in POLICY_NAMES
    }
    yield from flatten(table)
    for name in dict.fromkeys((settings.agent.provider, *settings.providers)):
        yield from flatten(settings.provider(name).model_dump(), ("providers", name))


def _row(path: KeyPath, value: object, configuration: Configuration) -> Row:
    key = decides = dotted(path)
    if path[:2] == ("tools", "policies"):
        default_chosen = configuration.chosen("tools.default_policy")
        _, decides = configuration.settings.tools.standing(path[2], default_chosen=default_chosen)
    layer = configuration.origin(decides)
    source = configuration.sources.get(layer)
    shown: str | bool | int | float | list[Any] | None
    match value:
        case tuple():
            shown = list(value)
        case None | str() | bool() | int() | float():
            shown = value
        case _:
            shown = str(value)
    return Row(key=key, value=shown, layer=layer, source=str(source) if source else None)
