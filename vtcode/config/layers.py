"""The layers found: each as a checked table. Files are only read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vtcode.config.check import check, unknown_key
from vtcode.config.keys import dotted, keys_in, toml_text
from vtcode.config.merge import Layer, LayerTable
from vtcode.config.source import Place, TomlFile, read_toml, shown
from vtcode.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.config.keys import KeyPath

_FILE_KEYS = ("script", "model_path")
"""Keys of a provider that name a file."""


def file_layer(layer: Layer, file: TomlFile) -> tuple[LayerTable, tuple[str, ...]]:
    """Check a file that was read; return it as a layer, and its warnings.

    Raises:
        ConfigError: A value or a key is wrong.
    """
    return _layer(layer, file.table, file.place, file.path.parent)


def chosen_file(path: Path) -> TomlFile:
    """Read the file of `--config`.

    Raises:
        ConfigError: There is no such file, or it can't be understood.
    """
    file = read_toml(path.absolute())
    if file is None:
        hint = f"To set a single value: -c {path}" if "=" in str(path) else "Check the path."
        raise ConfigError(f"--config: there is no file {shown(path)}.", hint=hint)
    return file


def environment_layer(environ: Mapping[str, str]) -> LayerTable | None:
    """Return what the environment sets; an empty variable counts as unset.

    Raises:
        ConfigError: A value is wrong.
    """
    base_url = environ.get("LMSTUDIO_BASE_URL", "").strip()
    if not base_url:
        return None
    table = {"providers": {"lmstudio": {"base_url": base_url}}}
    return _layer("environment", table, Place(name="LMSTUDIO_BASE_URL"), Path())[0]


def assignment_layer(assignment: str, folder: Path) -> tuple[LayerTable, tuple[str, ...]]:
    """Return what one `-c key=value` sets, and its warnings.

    Args:
        assignment: The value is TOML where it parses as such, else a string.
        folder: What relative paths in it are relative to.

    Raises:
        ConfigError: It is no assignment, or the key or the value is wrong.
    """
    key, equals, value = assignment.partition("=")
    path = key_path(key) if equals else None
    if path is None:
        raise ConfigError(
            f"-c: {toml_text(assignment)} is not key=value.",
            hint="For example: -c tools.default_policy=deny. For a file: --config FILE.",
        )
    if path[0] not in keys_in(()):
        raise ConfigError(f"-c: {dotted(path)}: {unknown_key(path)}")
    table: Any = _toml_value(value)
    for name in reversed(path):
        table = {name: table}
    return _layer("-c", table, Place(name="-c"), folder)


def flag_layer(flag: str, path: tuple[str, str], value: str) -> LayerTable:
    """Return what a flag such as `--model` sets."""
    section, key = path
    return _layer("flag", {section: {key: value}}, Place(name=flag), Path())[0]


def _layer(
    layer: Layer, table: Mapping[str, Any], place: Place, folder: Path
) -> tuple[LayerTable, tuple[str, ...]]:
    checked = check(table, place)
    for provider in checked.table.get("providers", {}).values():
        for key in _FILE_KEYS:
            if key in provider:
                provider[key] = _absolute(provider[key], folder)
    return LayerTable(layer=layer, table=checked.table, place=place), checked.warnings


def _absolute(text: str, folder: Path) -> str:
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # no such user, or no home: the path is reported where it is used
        path = Path(text)
    return str(folder.absolute() / path)


def key_path(text: str) -> KeyPath | None:
    """Return the path that a dotted key means; None: it is none."""
    if "\n" in text:
        return None
    try:
        table: Any = tomllib.loads(f"{text} = 0")
    except (ValueError, RecursionError):
        return None
    path: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        ((name, table),) = table.items()
        path.append(name)
    return tuple(path) if table == 0 else None


def _toml_value(text: str) -> Any:
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return table["value"] if len(table) == 1 else text
