"""The JSON that a run has to end with: what the model is told of it, and whether its answer is that."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from vtcode.errors import AnswerUnfit, UsageError
from vtcode.messages import SystemMessage
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema.protocols import Validator

    from vtcode.messages import AssistantMessage
    from vtcode.providers.base import Request

_MAX_WORDS = 600
_FENCED = re.compile(r"```[a-zA-Z]*\n(.*?)\n?```", re.DOTALL)


class AnswerSchema:
    """A JSON schema for the last answer of a turn.

    Args:
        schema: As it goes to the server.

    Raises:
        UsageError: It is no JSON schema, or leads to other documents.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self._validator = _validator(schema)

    @property
    def instruction(self) -> str:
        """What the model is told beforehand."""
        return (
            "Your final answer must be one JSON value and nothing else: no Markdown, no words around it. It "
            f"must be valid against this JSON schema:\n{json.dumps(self.schema, ensure_ascii=False)}"
        )

    def fitting(self, message: AssistantMessage) -> str:
        """Return the JSON in a reply that is valid, as it can be shown and written; empty: there is none.

        JSON may stand in a code block or among words; where there is no text at all, in the reasoning:
        some servers put the whole answer there.
        """
        for candidate in _candidates(message.text if message.text.strip() else message.reasoning):
            if not self.problem(candidate):
                return _printable(candidate)
        return ""

    def problem(self, text: str) -> str:
        """Return what keeps `text` from being the answer, in the validator's words; empty: nothing."""
        try:
            value = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            return f"not JSON: {error}"
        try:
            errors = list(self._validator.iter_errors(value))
        except RecursionError:
            return "nested too deeply to be checked"
        if not errors:
            return ""
        from jsonschema.exceptions import best_match

        worst = best_match(errors)
        words = worst.message if len(worst.message) <= _MAX_WORDS else f"{worst.message[:_MAX_WORDS]}…"
        return f"{words} (at {worst.json_path})"


class RequiredAnswer:
    """One turn's way to an answer that is valid: at most one correction by the validator's words.

    Tools and a schema are never asked for in one request, because servers then answer nothing. So an agent
    works with its tools until it answers; where that answer is not valid yet, it is asked for once more, with
    the schema and without tools.

    Args:
        schema: What is wanted.
        has_tools: The turn begins with tools.
    """

    def __init__(self, schema: AnswerSchema, *, has_tools: bool) -> None:
        self.sends_schema = not has_tools
        """The next request carries the schema; a server that can't hold a model to it gets words alone."""
        self._schema = schema
        self._is_final = not has_tools
        self._corrected = False

    def constrained(self, request: Request) -> Request:
        """Return the turn's next request with what is wanted in words; when it is time, as one for that."""
        system, *said = request.messages
        told = SystemMessage(text=f"{system.text}\n\n{self._schema.instruction}")
        request = replace(request, messages=(told, *said))
        if not self._is_final:
            return request
        return replace(request, tools=(), response_schema=self._schema.schema if self.sends_schema else None)

    def fitted(self, message: AssistantMessage) -> AssistantMessage:
        """Return the reply with nothing but its JSON as the text, where that is valid; else as it is."""
        json_text = self._schema.fitting(message)
        return replace(message, text=json_text) if json_text else message

    def correction(self, answer: AssistantMessage) -> str:
        """Return what the model has to be told; empty: the answer is valid.

        Raises:
            AnswerUnfit: It was told already.
        """
        problem = self._schema.problem(answer.text)
        if not problem:
            return ""
        if self._corrected:
            raise AnswerUnfit(
                f"The answer does not fit the schema: {plain(problem)}",
                hint="Ask for less at once, or choose a model that follows schemas better.",
            )
        if self._is_final:
            self._corrected = True
        else:
            self._is_final = self.sends_schema = True
        return f"That is not the final answer that was asked for: {problem}\n\n{self._schema.instruction}"


def _validator(schema: dict[str, Any]) -> Validator:
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry

    kind = validator_for(schema, default=Draft202012Validator)
    try:
        # With formats, because a regular expression that Python can't read must not fail later.
        kind.check_schema(schema, format_checker=kind.FORMAT_CHECKER)  # type: ignore[call-arg]
    except SchemaError as error:
        raise UsageError(f"That is no JSON schema: {error.message} (at {error.json_path}).") from error
    _check_references(schema)
    empty: Registry[Any] = Registry()  # never asks the network for what a reference names
    return kind(schema, registry=empty)


def _check_references(schema: dict[str, Any]) -> None:
    """Make sure that every reference leads to a place in the schema itself.

    Raises:
        UsageError: One does not.
    """
    from referencing import Registry, Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    resolver = Registry().resolver_with_root(resource)
    for reference in _references(schema):
        try:
            resolver.lookup(reference)
        except Unresolvable as error:
            raise UsageError(
                f"The schema refers to what it does not hold: {reference}.",
                hint="A server gets the schema alone: write all of it into one file, under $defs.",
            ) from error


def _references(part: object) -> Iterator[str]:
    """Yield every reference in a schema."""
    if isinstance(part, dict):
        yield from (value for key, value in part.items() if key == "$ref" and isinstance(value, str))
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def _candidates(text: str) -> Iterable[str]:
    """Return the parts of a reply that may be its JSON, the likeliest first."""
    text = text.strip()
    blocks = _FENCED.findall(text)
    spans = [text[text.find(start) : text.rfind(end) + 1] for start, end in ("{}", "[]") if start in text]
    return [text, *reversed(blocks), *spans]


def _printable(text: str) -> str:
    """Spell out what must not reach a screen: in valid JSON, such characters stand inside strings."""
    if plain(text) == text:
        return text
    return "".join(
        character if character.isprintable() or character in "\n\t" else _spelled(character)
        for character in text.replace("\r", " ")
    )


def _spelled(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else json.dumps(character)[1:-1]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
