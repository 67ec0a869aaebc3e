"""`/policy allow|ask|deny|forget RULE`: a change of the rules, shown before it is made."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from vtcode.errors import UsageError
from vtcode.events import Notice
from vtcode.permissions import POLICY_NAMES
from vtcode.policy.grants import rule_for_text
from vtcode.questions import Choice, ChoiceQuestion
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.commands.registry import CommandContext

_USAGE = "/policy allow npm run *, /policy ask git push, /policy deny curl, /policy forget RULE"
_YES = Choice(id="yes", label="Yes", key="y")
_NO = Choice(id="no", label="No", key="n")


async def change(context: CommandContext, verb: str, text: str) -> None:
    """Make one change, once the user has seen and confirmed it.

    Raises:
        UsageError: There is no such change, or no such rule.
        UserFacingError: It can't be saved.
    """
    if verb == "explain":
        line = revealed(text, keep_newlines=False) or "git push"
        raise UsageError(
            "/policy does not explain a decision; vtcode policy explain does, outside a session.",
            hint=f"In a terminal: vtcode policy explain -- {line}",
        )
    if not text:
        raise UsageError("A rule is missing.", hint=_USAGE)
    match verb:
        case "allow":
            await _allow(context, text)
        case "ask" | "deny":
            await _restrict(context, verb, text)
        case "forget":
            await _forget(context, text)
        case _:
            raise UsageError(f"/policy does not know {revealed(verb, keep_newlines=False)!r}.", hint=_USAGE)


async def _allow(context: CommandContext, text: str) -> None:
    gate = context.session.gate
    rule = text if text in POLICY_NAMES else rule_for_text(text)
    if not rule:
        raise UsageError("Only a tool, or one command of plain words, can be allowed.", hint=_USAGE)
    if await _confirmed(
        context, f"Allow {rule}?", "Always, in this workspace, for you; no question is asked."
    ):
        await asyncio.to_thread(gate.grant, rule)
        await _told(context, f"{rule} needs no question in this workspace any more.")


async def _restrict(context: CommandContext, decision: Literal["ask", "deny"], text: str) -> None:
    gate = context.session.gate
    meaning = "always asked about" if decision == "ask" else "refused"
    body = f"Commands that begin with these words are {meaning}, in every workspace."
    if not await _confirmed(context, f"Add to commands.{decision}_list: {text}?", body):
        return
    file = await asyncio.to_thread(context.session.saved_settings.add_command_rule, decision, text)
    rules = gate.policy.commands
    if decision == "ask":
        rules = replace(rules, ask_list=(*rules.ask_list, text))
    else:
        rules = replace(rules, deny_list=(*rules.deny_list, text))
    gate.policy = replace(gate.policy, commands=rules)
    await _told(context, f"{text}: {meaning} from now on; saved in {file}.")


async def _forget(context: CommandContext, text: str) -> None:
    gate = context.session.gate
    granted = (await asyncio.to_thread(gate.grants)).rules()
    rule = next((rule for rule in (text, rule_for_text(text)) if rule in granted), "")
    narrowing: list[Literal["ask", "deny"]] = ["ask", "deny"]
    narrowing = [kind for kind in narrowing if text in getattr(gate.policy.commands, f"{kind}_list")]
    if not rule and not narrowing:
        hint = "/policy lists them. What stands in a vtcode.toml as a pattern or a table is taken out there."
        raise UsageError("No rule of this name was granted or added.", hint=hint)
    if rule and await _confirmed(context, f"Forget {rule}?", "It is asked about again."):
        await asyncio.to_thread(gate.revoke, rule)
        await _told(context, f"{rule} is asked about again.")
    for kind in narrowing:
        await _forget_narrowing(context, kind, text)


async def _forget_narrowing(context: CommandContext, kind: Literal["ask", "deny"], text: str) -> None:
    """Take a rule out of the user's file, and out of force where no other layer has its list.

    Raises:
        UsageError: It stands elsewhere.
        UserFacingError: It can't be saved.
    """
    session, key = context.session, f"commands.{kind}_list"
    layer = session.configuration.origin(key)
    if not await _confirmed(context, f"Take out of {key}: {text}?", "Other rules decide about it then."):
        return
    file = await asyncio.to_thread(session.saved_settings.remove_command_rule, kind, text)
    if file is None:
        hint = f"{key} is set by: {layer}. Take it out there."
        raise UsageError("This rule does not stand in your own vtcode.toml.", hint=hint)
    if layer not in ("built-in", "user"):
        await _told(
            context, f"{text}: taken out of {file}; {key} is also set by: {layer}. Restart to see what holds."
        )
        return
    gate = session.gate
    left = {
        f"{kind}_list": tuple(rule for rule in getattr(gate.policy.commands, f"{kind}_list") if rule != text)
    }
    gate.policy = replace(gate.policy, commands=replace(gate.policy.commands, **left))
    await _told(context, f"{text}: taken out of {file}; other rules decide about it from now on.")


async def _confirmed(context: CommandContext, title: str, body: str) -> bool:
    question = ChoiceQuestion(
        kind="policy",
        title=revealed(title, keep_newlines=False),
        body=body,
        choices=(_YES, _NO),
        refusal=_NO.id,
    )
    answer = await context.front_end.ask(question)
    return answer.choice == _YES.id


async def _told(context: CommandContext, text: str) -> None:
    await context.session.emit(Notice(level="info", text=revealed(text, keep_newlines=False)))
