"""`/config`: every setting with where it comes from; one of them changed, in a file that the user picks."""

from __future__ import annotations

import asyncio
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from vtcode.agent.saved_settings import Place
from vtcode.commands.registry import CommandContext, command
from vtcode.errors import ConfigError, UsageError
from vtcode.events import Notice
from vtcode.questions import Choice, ChoiceQuestion, PickQuestion, PickRow
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.config.explain import Row
    from vtcode.config.keys import Key, KeyPath
    from vtcode.session.session import Session

_LETTERS = "abcdefghijklmnop"
_OTHER = Choice(id="value", label="Type a value", key="v", takes_text=True)
_NO = Choice(id="no", label="Leave it as it is", key="n")
_LATER = "from the next start"
_LONGEST_VALUE = 40
_FLAG = "-c: "
"""Where an assignment comes from, as far as the check knows; here nobody used a flag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    row: Row
    path: KeyPath
    key: Key


@command("config", "settings", usage="[KEY [VALUE]]")
async def config(context: CommandContext) -> None:
    """Show every setting and where it comes from; change one, in your file or the project's."""
    name, _, typed = context.argument.partition(" ")
    rows = await asyncio.to_thread(_rows, context.session)
    name = name or await _picked(context, rows)
    if not name:
        return
    setting = _setting(rows, name)
    if typed := typed.strip() or await _new_value(context, setting):
        await _save(context, setting, _value(context.session, setting, typed))


def _rows(session: Session) -> dict[str, Row]:
    """Return what is configured by now, by key."""
    from vtcode.config.explain import rows

    return {row.key: row for row in rows(session.configured_now())}


async def _picked(context: CommandContext, rows: dict[str, Row]) -> str:
    """Show the list; return the key that is to be changed, empty where none is."""
    from vtcode.config.explain import rows as rows_of

    running = {row.key: row.value for row in rows_of(context.session.configuration)}
    shown = []
    for key, row in rows.items():
        later = f", {_LATER}" if key in running and running[key] != row.value else ""
        value, layer = _shown(row), f"{row.layer}{later}"
        shown.append(PickRow(id=key, label=key, detail=f"{value} · {layer}", cells=(value, layer)))
    question = PickQuestion(
        title="Settings: Enter changes one", rows=tuple(shown), columns=("Key", "Value", "From")
    )
    answer = await context.front_end.ask(question)
    return answer.choice if answer.choice in rows else ""


def _setting(rows: dict[str, Row], name: str) -> _Setting:
    from vtcode.config.keys import find_key
    from vtcode.config.layers import key_path

    path = key_path(name)
    key = find_key(path) if path else None
    if path is None or key is None:
        near = difflib.get_close_matches(name, rows, n=1)
        hint = f"Did you mean {near[0]}?" if near else "/config lists them."
        raise UsageError(f"There is no setting {revealed(name, keep_newlines=False)}.", hint=hint)
    from vtcode.config.explain import Row

    row = rows.get(name) or Row(key=name, value=None, layer="built-in", source=None)
    return _Setting(row=row, path=path, key=key)


async def _new_value(context: CommandContext, setting: _Setting) -> str:
    """Ask for a value, with what the setting is for; empty: it stays."""
    from vtcode.config.keys import allowed_values, describe_allowed
    from vtcode.config.reference import meaning

    row = setting.row
    takes = describe_allowed(setting.key)
    values = allowed_values(setting.path) or (("true", "false") if takes == "true or false" else ())
    choices = tuple(
        Choice(id=f"={value}", label=value, key=letter)
        for value, letter in zip(values, _LETTERS, strict=False)
    )
    question = ChoiceQuestion(
        kind="config",
        title=row.key,
        body=f"{meaning(setting.key)}\n\nNow: {_shown(row)} ({_origin(row)})\nTakes: {takes}",
        choices=(*(choices or (_OTHER,)), _NO),
        refusal=_NO.id,
    )
    answer = await context.front_end.ask(question)
    return answer.text.strip() if answer.choice == _OTHER.id else answer.choice.partition("=")[2]


def _value(session: Session, setting: _Setting, typed: str) -> Any:
    """Return what the user typed, as the schema takes it.

    Raises:
        UsageError: The schema does not take it, or it is no single value.
    """
    from vtcode.config.keys import describe_allowed
    from vtcode.config.layers import assignment_layer

    if describe_allowed(setting.key) == "a list of tables":
        raise UsageError(f"{setting.row.key} is a list of tables: write it into a vtcode.toml by hand.")
    try:
        layer, warnings = assignment_layer(f"{setting.row.key}={typed}", session.workspace)
    except ConfigError as error:
        raise UsageError(error.message.removeprefix(_FLAG), hint=error.hint) from None
    if warnings:
        raise UsageError(warnings[0].removeprefix(_FLAG))
    value: Any = layer.table
    for name in setting.path:
        value = value[name]
    return list(value) if isinstance(value, tuple) else value


async def _save(context: CommandContext, setting: _Setting, value: Any) -> None:
    """Write a value where the user picks, having seen what is written."""
    from vtcode.config.keys import toml_text

    session, row = context.session, setting.row
    files = {place: session.saved_settings.file_of(place) for place in _places()}
    question = ChoiceQuestion(
        kind="config",
        title=f"Write {row.key} = {toml_text(value)}?",
        body=f"Now: {_shown(row)} ({_origin(row)})",
        choices=(
            Choice(id="user", label=f"For you, everywhere: {_one_line(files['user'])}", key="u"),
            Choice(id="workspace", label=f"For this project: {_one_line(files['workspace'])}", key="w"),
            _NO,
        ),
        refusal=_NO.id,
    )
    answer = (await context.front_end.ask(question)).choice
    place = next((known for known in _places() if known == answer), None)
    if place is None:
        return
    file = await asyncio.to_thread(session.saved_settings.save_value, place, setting.path, value)
    fresh = (await asyncio.to_thread(_rows, session)).get(row.key)
    told = f"{row.key} = {toml_text(value)} is saved in {_one_line(file)}, and holds {_LATER} on."
    await session.emit(Notice(level="info", text=told, hint=_overruled(fresh, place) if fresh else ""))


def _overruled(fresh: Row, place: Place) -> str:
    """Return why what was saved does not hold all the same; empty: it does."""
    from vtcode.config.merge import Layer

    layers: tuple[Layer, ...] = get_args(Layer)
    if fresh.layer == place:
        return ""
    if layers.index(fresh.layer) > layers.index(place):
        return f"But it is set by {_origin(fresh)}, too, which counts more."
    return "But this file is not trusted yet: the next start asks."


def _places() -> tuple[Place, ...]:
    return get_args(Place)


def _one_line(path: object) -> str:
    return revealed(str(path), keep_newlines=False)


def _shown(row: Row) -> str:
    from vtcode.config.keys import toml_text

    text = "not set" if row.value is None else toml_text(row.value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _origin(row: Row) -> str:
    return f"{row.layer}: {_one_line(row.source)}" if row.source else row.layer
