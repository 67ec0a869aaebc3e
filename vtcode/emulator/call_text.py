"""Tool calls as models write them: what a server passes on as text where it fails to recognise them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from vtcode.emulator.faults import CallFormat
    from vtcode.providers.script import ScriptedCall


def written(call: ScriptedCall, call_format: CallFormat) -> str:
    """Return a call as a model of that family writes it."""
    arguments = call.arguments_text
    match call_format:
        case "hermes":
            return f"<tool_call>\n{_named(call, 'arguments')}\n</tool_call>"
        case "qwen_coder":
            return f"<tool_call>\n<function={call.name}>\n{_parameters(call)}</function>\n</tool_call>"
        case "tool_request":
            return f"[TOOL_REQUEST]{_named(call, 'arguments')}[END_TOOL_REQUEST]"
        case "mistral":
            return f"[TOOL_CALLS]{call.name}[ARGS]{arguments}"
        case "mistral_list":
            return f"[TOOL_CALLS][{_named(call, 'arguments')}]"
        case "harmony":
            return (
                f"<|channel|>commentary to=functions.{call.name} <|constrain|>json<|message|>"
                f"{arguments}<|call|>"
            )
        case "lfm2":
            named = ", ".join(f"{key}={_python(value)}" for key, value in _decoded(call).items())
            return f"<|tool_call_start|>[{call.name}({named})]<|tool_call_end|>"
        case "cohere":
            action = f'{{"tool_call_id": "0", "tool_name": "{call.name}", "parameters": {arguments}}}'
            return f"<|START_ACTION|>[{action}]<|END_ACTION|>"
        case "llama3":
            return _named(call, "parameters")
    assert_never(call_format)


def _named(call: ScriptedCall, arguments_key: str) -> str:
    return f'{{"name": "{call.name}", "{arguments_key}": {call.arguments_text}}}'


def _parameters(call: ScriptedCall) -> str:
    spelled = (
        (key, value if isinstance(value, str) else json.dumps(value)) for key, value in _decoded(call).items()
    )
    return "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in spelled)


def _python(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _decoded(call: ScriptedCall) -> dict[str, object]:
    """Return the arguments; a script's broken JSON is one argument, as it stands."""
    try:
        decoded = json.loads(call.arguments_text)
    except ValueError:
        decoded = None
    return decoded if isinstance(decoded, dict) else {"input": call.arguments_text}
