"""The exception tree: every error that can reach a person or the model.

    UserFacingError            message, hint (the next step), exit_code
    ├── UsageError             exit code 2: the command line is off
    │   └── ConfigError        exit code 2: a file, with line and key where known
    ├── NoTerminal             an interactive front end without a terminal
    ├── EditorFailed           the user's editor: none is set, it can't be started, or it says no
    ├── UnwritableFolder       state, cache or config folder can't be written
    ├── SessionNotFound
    ├── SessionInUse           another vtcode writes to this session
    ├── NoWorkingTree          git can't tell what was changed, or must not be asked
    ├── ImageUnusable          a picture that can't be sent: missing, no picture, too large
    ├── NoVision               the model can't see pictures
    ├── MessageTooLong         a message that no window like this one can hold
    ├── AnswerUnfit            the answer is not the JSON that was asked for
    ├── GoingInCircles         the model made the same calls over and over
    ├── ProviderError          anything between us and a model
    │   ├── ServerUnreachable  nobody listens, or the name does not resolve
    │   ├── ServerSilent       connected, then nothing for longer than the limit
    │   ├── Unauthorized       401 or 403
    │   ├── WrongEndpoint      404, or LM Studio's "unexpected endpoint" inside a 200
    │   ├── ModelNotFound      the server does not know this id
    │   ├── NoModelLoaded
    │   ├── ModelCrashed       crashed, unloaded or evicted while it answered
    │   ├── LoadRefused        the server could not load the model
    │   ├── LmsMissing         LM Studio's own program `lms` is not there, or is not this server's
    │   ├── LmsFailed          `lms` said no, or gave no answer
    │   ├── WindowExceeded     the prompt does not fit the context window
    │   ├── TemplateRefused    the model's chat template refused the messages
    │   ├── ReplyCut           the stream ended before the reply did
    │   ├── EmptyReply         a well-formed reply with nothing in it
    │   │   └── ReplyLimitReached  a limit was reached before its first word
    │   ├── EndlessReply       the model wrote the same text over and over
    │   ├── BadReply           what came back can't be understood
    │   │   └── UnreadableCall the model wrote a tool call that can't be read
    │   ├── KeysRefused        the server does not take some keys of the request
    │   ├── ReplyForgotten     the server no longer has the reply that the request goes on from
    │   ├── IntegrationRefused the server may not, or can't, run an MCP server of its own for us
    │   ├── GaveWay            a request that nobody waits for was broken off for the user's
    │   ├── ToolsRefused       the server takes no tools, or no schema, with this model
    │   └── EngineFailed       the embedded engine could not be set up or died
    └── ToolFailed             a result for the model, never raised through the loop
        ├── BadArguments       not valid for the tool's schema
        ├── OutsideWorkspace
        ├── FileMissing
        ├── FileUnusable       binary, too large, unreadable, a folder, a device
        ├── FileChanged        changed on disk since it was read
        └── EditUnmatched      the text to replace was not found, or more than once

Foreign exceptions are mapped where the library is called; CancelledError is never one of these.
"""

from __future__ import annotations


class UserFacingError(Exception):
    """An error with words for a person: what happened, and in `hint` what to do next."""

    exit_code = 1
    given_up = False
    """The user was asked for a way on already, and chose to leave."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(UserFacingError):
    """The command line can't be understood."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration value, key or file is wrong; the message starts with file and line where known."""


class NoTerminal(UserFacingError):
    """An interactive front end was asked for where there is no terminal."""


class EditorFailed(UserFacingError):
    """The user's editor can't be found or started, or it ended with an error."""


class UnwritableFolder(UserFacingError):
    """A folder that the program must write to can't be written."""


class SessionNotFound(UserFacingError):
    """No recorded session answers to this id."""


class SessionInUse(UserFacingError):
    """Another running vtcode writes to this session."""


class NoWorkingTree(UserFacingError):
    """Nobody can tell what was changed: no git, no repository, or git would run a program of its own."""


class ImageUnusable(UserFacingError):
    """A picture can't be sent: it is not there, is no picture, is too large, or has to be converted first."""


class MessageTooLong(UserFacingError):
    """A message is larger than all that the model's window could hold."""


class NoVision(UserFacingError):
    """Pictures were to be sent to a model that can't see any."""


class AnswerUnfit(UserFacingError):
    """The model's answer is not valid against the schema that was asked for."""


class GoingInCircles(UserFacingError):
    """The model made calls that brought nothing new, over and over, although it was told."""


class ProviderError(UserFacingError):
    """Something between the program and a model failed."""


class ServerUnreachable(ProviderError):
    """No server answers at the address."""


class ServerSilent(ProviderError):
    """The server took the connection and then sent nothing for longer than the limit."""


class Unauthorized(ProviderError):
    """The server wants another token, or none was sent; never holds the body of the answer."""


class WrongEndpoint(ProviderError):
    """The server answers, but not at this path: another kind of server, or another version."""


class ModelNotFound(ProviderError):
    """The server does not know the model's id."""


class NoModelLoaded(ProviderError):
    """The server is there, no chat model is loaded and none was chosen."""


class ModelCrashed(ProviderError):
    """The model crashed, or was unloaded or evicted, while it answered."""


class LoadRefused(ProviderError):
    """The server could not load the model."""


class LmsMissing(ProviderError):
    """What was asked can only be done by LM Studio's own program `lms`, which is not at hand."""


class LmsFailed(ProviderError):
    """LM Studio's own program `lms` said no, or gave no answer."""


class WindowExceeded(ProviderError):
    """The prompt does not fit the model's context window."""


class TemplateRefused(ProviderError):
    """The model's chat template refused the messages."""


class ReplyCut(ProviderError):
    """The stream ended before the reply did."""


class EmptyReply(ProviderError):
    """The server sent a well-formed reply with no text, no reasoning and no tool call."""


class ReplyLimitReached(EmptyReply):
    """The limit on a reply, or the window, was full before the reply's first word."""


class EndlessReply(ProviderError):
    """The model wrote the same text over and over, and was stopped."""


class BadReply(ProviderError):
    """The server's answer can't be understood."""


class UnreadableCall(BadReply):
    """The model wrote a tool call that can't be read."""


class KeysRefused(ProviderError):
    """The server does not take some keys of the request, or not these values with this model."""

    def __init__(self, message: str, *, hint: str = "", keys: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.keys = keys


class ReplyForgotten(ProviderError):
    """The server no longer has the earlier reply that the request goes on from."""


class IntegrationRefused(ProviderError):
    """The server may not, or can't, run an MCP server that was asked for."""


class GaveWay(ProviderError):
    """A request that nobody waits for was broken off, because the user asked something."""


class ToolsRefused(ProviderError):
    """The server takes no tools, or no schema for the reply, with this model; another tool mode may do."""


class EngineFailed(ProviderError):
    """The embedded engine could not be set up, or died."""


class ToolFailed(UserFacingError):
    """A tool could not do what was asked; `message` is written for the model."""


class BadArguments(ToolFailed):
    """The arguments do not fit the tool's schema."""


class OutsideWorkspace(ToolFailed):
    """The path leads out of the workspace."""


class FileMissing(ToolFailed):
    """There is no such file."""


class FileUnusable(ToolFailed):
    """The file is binary, too large, unreadable, or not a regular file."""


class FileChanged(ToolFailed):
    """The file changed on disk since the model read it."""


class EditUnmatched(ToolFailed):
    """The text to replace is not in the file, or is there more than once."""
