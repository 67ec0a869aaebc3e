"""A way on where a turn failed because its server can't be reached, or its model can't be had."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vtcode.address import parse_base_url
from vtcode.bootstrap.connecting import ADDRESS, EMBEDDED, START, can_start, server_at
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
    ServerSilent,
    ServerUnreachable,
    UsageError,
    UserFacingError,
)
from vtcode.providers.lms import find_lms
from vtcode.providers.model_info import ModelInfo
from vtcode.questions import Choice, ChoiceQuestion

if TYPE_CHECKING:
    from vtcode.frontend import FrontEnd
    from vtcode.questions import Answer
    from vtcode.session.session import Session

_RETRY = Choice(id="retry", label="Try again", key="r")
_MODEL = Choice(id="model", label="Another model or server", key="m")
_LATER = Choice(id="later", label="Not now", key="n")
_SERVER_GONE = (ServerUnreachable, ServerSilent)
_MODEL_GONE = (ModelCrashed, ModelNotFound, NoModelLoaded, LoadRefused, EngineFailed, LmsFailed, LmsMissing)
_EMBEDDED_NAME = "embedded"


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOn:
    """Asks the user for a way on after a turn that failed."""

    session: Session
    front_end: FrontEnd

    async def find(self, error: UserFacingError) -> bool:
        """Return whether the message is worth another try, now that the user has seen to it.

        False without a question where the error is of another kind than a new server or model would mend.
        """
        if not isinstance(error, (*_SERVER_GONE, *_MODEL_GONE)):
            return False
        told = ""
        while True:
            answer = await self.front_end.ask(self._question(error, told))
            if answer.choice == _LATER.id:
                return False
            try:
                if await self._is_taken(answer, error):
                    return True
                told = ""
            except UserFacingError as problem:
                told = f"{problem.message} {problem.hint}".strip()
                if problem.message == error.message:
                    told = f"Asked again {time.strftime('%H:%M:%S')}: no change."

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
                await self._move_to(_EMBEDDED_NAME)
            case ADDRESS.id:
                await self._look_at(answer.text)
            case _:
                return await self._is_picked(error)
        return True

    async def _reach(self, error: UserFacingError) -> None:
        """See whether the server is there: a whole turn for that would leave its failure behind."""
        if isinstance(error, _SERVER_GONE):
            await self.session.provider.list_models()

    async def _move_to(self, server: str) -> None:
        configuration = self.session.configuration
        if server not in self.session.servers.names:
            self.session.servers.adopt(build_provider(configuration, server, self.front_end))
        await use(self._context, Place(server=server, model=ModelInfo(id="")))

    async def _look_at(self, typed: str) -> None:
        """Go on with the session's server at another address, which is saved once it answers."""
        try:
            address = parse_base_url(typed).root
        except ValueError as problem:
            raise UsageError(f"{typed!r}: {problem}.") from problem
        session, name = self.session, self.session.provider.name
        provider = build_provider(server_at(session.configuration, name, address), name, self.front_end)
        try:
            await provider.open()
        except UserFacingError:
            await provider.aclose()
            raise
        session.servers.adopt(provider)
        session.saved_settings.save_base_url(name, address)
        await use(
            self._context, Place(server=name, model=ModelInfo(id=session.model.key or session.model.id))
        )

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
    def _context(self) -> CommandContext:
        return CommandContext(session=self.session, front_end=self.front_end, argument="")

    def _question(self, error: UserFacingError, told: str) -> ChoiceQuestion:
        address, name = self.session.provider.address, self.session.provider.name
        is_away = isinstance(error, _SERVER_GONE)
        choices = [_RETRY]
        if is_away:
            choices += [START] if can_start(address) else []
            choices += [_MODEL, *([EMBEDDED] if name != _EMBEDDED_NAME else [])]
            choices += [ADDRESS] if address.startswith("http") else []
        else:
            choices += [_MODEL]
        return ChoiceQuestion(
            kind="server",
            title="No answer from the server" if is_away else "The model can't be had",
            body="\n\n".join(filter(None, (error.message, told))),
            choices=(*choices, _LATER),
            refusal=_LATER.id,
        )
