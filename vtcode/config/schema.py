"""The keys of vtcode.toml: one field with a docstring per key, defaults included; nothing else happens here.

Names follow the original VT Code where it has them. docs/configuration.md is generated from this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import AfterValidator, Field, model_validator

from vtcode.address import parse_base_url
from vtcode.config.section import Section
from vtcode.config.ui_schema import UiSettings
from vtcode.permissions import POLICY_NAMES, Decision, Mode, standing_policy
from vtcode.system.denied import pattern_problem

ProviderKind: TypeAlias = Literal["lmstudio", "openai_compatible", "embedded", "scripted"]

ReasoningEffort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max", "off", "on"]

PROVIDER_KINDS: tuple[ProviderKind, ...] = get_args(ProviderKind)


def _rule(text: str) -> str:
    if not text.strip():
        raise ValueError("an empty rule would match every command")
    return text


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return _rule(text)


def _base_url(text: str) -> str:
    parse_base_url(text)
    return text


def _variable_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError("not the name of an environment variable; the key itself never belongs in a file")
    return text


def _provider_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
        raise ValueError("a provider's name is made of letters, digits, dots, dashes and underscores")
    return text


def _tool(text: str) -> str:
    if text not in POLICY_NAMES:
        raise ValueError("no tool of this program")
    return text


def _tool_or_all(text: str) -> str:
    if text != "*" and text not in POLICY_NAMES:
        raise ValueError(f'{text!r} is no tool; allowed: {", ".join(POLICY_NAMES)}, or "*" for all of them')
    return text


def _path_pattern(text: str) -> str:
    if problem := pattern_problem(text):
        raise ValueError(problem)
    return text


Rule: TypeAlias = Annotated[str, AfterValidator(_rule)]
PathPattern: TypeAlias = Annotated[str, AfterValidator(_path_pattern)]
Regex: TypeAlias = Annotated[str, AfterValidator(_regex)]
Address: TypeAlias = Annotated[str, AfterValidator(_base_url)]
VariableName: TypeAlias = Annotated[str, AfterValidator(_variable_name)]
ProviderName: TypeAlias = Annotated[str, AfterValidator(_provider_name)]
ToolName: TypeAlias = Annotated[str, AfterValidator(_tool)]
ToolOrAll: TypeAlias = Annotated[str, AfterValidator(_tool_or_all)]


class AgentSettings(Section):
    """Which model answers, and how it is asked."""

    provider: str = "lmstudio"
    """Where models come from: a built-in provider, or a name under `[providers.<name>]`."""
    default_model: str = ""
    """The model's id as its server lists it; empty: the loaded one."""
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    """Sampling temperature; not set: the server's own."""
    reasoning_effort: ReasoningEffort | None = None
    """How much the model reasons before it answers, where it can be told; not set: its own default."""
    tool_mode: Literal["auto", "native", "structured", "text"] = "auto"
    """How tools are offered: by the server's function calling, by a JSON schema that constrains the reply, or
    described in the prompt with calls read out of the text; `auto`: what fits the model."""
    system_prompt_mode: Literal["auto", "default", "minimal"] = "auto"
    """How much the model is told of its work and its tools: `minimal` saves a quarter of the tokens; `auto`
    takes that for a window under 8,192."""
    default_mode: Mode = "build"
    """The mode that a session begins in: `build` asks before files are changed and commands run, as the
    policy says; `plan` changes nothing, and ends in a plan that you approve; `auto` asks less in a full
    sandbox (nothing but the workspace is writable, no network): plain commands and changes to files need no
    question there, unless a rule asks or their tool is set to `prompt`."""
    max_conversation_turns: int = Field(default=150, ge=0)
    """Prompts that one session takes; 0: no limit."""


class ToolSettings(Section):
    """What the tools may do without a question."""

    default_policy: Decision = "prompt"
    """For tools without an entry in `[tools.policies]`. `read_file`, `list_files`, `grep_file` and
    `update_plan` stay allowed unless it is `deny`."""
    max_tool_loops: int = Field(default=100, ge=0)
    """Steps of one turn (a reply and its tool calls) before you are asked whether to go on; 0: no limit."""
    policies: Mapping[ToolName, Decision] = Field(default_factory=dict)
    """One tool's policy: `allow` runs, `prompt` asks, `deny` refuses and tells the model."""

    def standing(self, tool: str, *, default_chosen: bool) -> tuple[Decision, str]:
        """Return what holds for `tool`, and what says so, as `standing_policy` does."""
        return standing_policy(tool, self.policies, self.default_policy, default_chosen=default_chosen)


class CommandRuleSettings(Section):
    """One rule with a reason and examples; the examples are tried when the file is loaded."""

    decision: Decision
    """What it does: `allow`, `prompt` or `deny`."""
    words: Rule | None = None
    """The commands that it is about, by their leading words."""
    glob: Rule | None = None
    """The same as a shell pattern."""
    regex: Regex | None = None
    """The same as a Python regular expression."""
    reason: str = ""
    """Why, for the question and for the model."""
    match: tuple[str, ...] = ()
    """Command lines that the rule has to decide about."""
    no_match: tuple[str, ...] = ()
    """Command lines that it has to leave alone."""

    @model_validator(mode="after")
    def _has_one_pattern(self) -> CommandRuleSettings:
        if sum(pattern is not None for pattern in (self.words, self.glob, self.regex)) != 1:
            raise ValueError("a rule has exactly one of words, glob and regex")
        return self


class CommandSettings(Section):
    """Rules for the command lines of `run_pty_cmd`. One that denies beats one that asks, which beats one that
    allows; their order does not matter."""

    allow_list: tuple[Rule, ...] = ()
    """Commands that run without a question: leading words, such as `git status`."""
    ask_list: tuple[Rule, ...] = ()
    """Commands that are always asked about: leading words."""
    deny_list: tuple[Rule, ...] = ()
    """Commands that are refused: leading words."""
    allow_glob: tuple[Rule, ...] = ()
    """Commands that run without a question, as shell patterns: `cargo check *`."""
    ask_glob: tuple[Rule, ...] = ()
    """Commands that are always asked about, as shell patterns."""
    deny_glob: tuple[Rule, ...] = ()
    """Commands that are refused, as shell patterns."""
    allow_regex: tuple[Regex, ...] = ()
    """Commands that run without a question, as Python regular expressions."""
    ask_regex: tuple[Regex, ...] = ()
    """Commands that are always asked about, as Python regular expressions."""
    deny_regex: tuple[Regex, ...] = ()
    """Commands that are refused, as Python regular expressions."""
    rules: tuple[CommandRuleSettings, ...] = ()
    """Rules with a reason and examples, each a `[[commands.rules]]`: `decision`, one of `words`, `glob` and
    `regex`, and `reason`, `match` and `no_match` as you like."""


class PathSettings(Section):
    """Files and folders that are closed to the model."""

    deny: tuple[PathPattern, ...] = ()
    """Globs; what they name is refused, with everything in it: to the tools for files, in listings and
    searches, and as a word of a command. `secrets` or `*.sqlite` is a name in any folder of the workspace,
    `config/prod` is meant from its top, `/etc` and `~/notes` from there."""


class ContextSettings(Section):
    """How the model's window is shared out."""

    max_context_tokens: int | None = Field(default=None, ge=1024)
    """Use at most this many tokens of the model's window; not set: all of it."""
    tool_output_share: float = Field(default=0.25, gt=0, le=1, allow_inf_nan=False)
    """The largest part of the window that one tool result may fill."""
    auto_compact: bool = True
    """Shorten the conversation before the window is full: old tool results become one line each, then older
    messages a summary. `false`: only when the server refuses a prompt, or with `/compact`."""
    compact_at_share: float = Field(default=0.8, ge=0.3, le=1, allow_inf_nan=False)
    """The part of the window from which on it is shortened; an eighth is kept free for the answer anyhow."""
    prewarm: bool = True
    """While you type, have a loaded model read what your message will follow, so that it answers sooner; only
    on a server on this machine, and never in a run without a terminal."""


class PtySettings(Section):
    """The pseudo-terminal that commands run in."""

    command_timeout_seconds: int = Field(default=300, ge=1)
    """A command that runs longer is ended with its children."""
    default_rows: int = Field(default=24, ge=1, le=1000)
    """Height of the pseudo-terminal."""
    default_cols: int = Field(default=80, ge=1, le=1000)
    """Width of the pseudo-terminal."""
    preferred_shell: str = Field(default="bash", min_length=1)
    """The shell, a name or a path. Only commands for `bash` can be judged; any other asks every time."""


class SandboxNetworkSettings(Section):
    """What commands in the sandbox may reach."""

    policy: Literal["off", "on"] = "off"
    """`off`: no network at all, not even this machine's; `on`: all of it."""


class SandboxSettings(Section):
    """What the commands of `run_pty_cmd` run in. What holds in the end is shown by `vtcode doctor`."""

    default_policy: Literal["off", "read_only", "workspace_write"] = "workspace_write"
    """What commands can write: what you can, nothing, or the workspace without what is protected in it. Needs
    bubblewrap on Linux; where no sandbox can hold it, commands run without one, and you are told."""
    network: SandboxNetworkSettings = SandboxNetworkSettings()
    """What commands in the sandbox may reach."""


class TimeoutSettings(Section):
    """How long to wait for a server. There is no limit before the first token: prompts may be long."""

    connect_seconds: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    """To connect."""
    silence_seconds: float = Field(default=300.0, ge=0, allow_inf_nan=False)
    """Silence inside a reply, after its first token; 0: no limit."""


class ProviderSettings(Section):
    """One provider; each kind uses the keys that concern it."""

    kind: ProviderKind | None = None
    """For a name of your own: how to speak to it; not set: `openai_compatible`."""
    base_url: Address | None = None
    """The server's address, with or without `http://` and `/v1`."""
    wire: Literal["chat_completions", "responses", "messages", "native"] | None = None
    """For `lmstudio`: which of the server's APIs carries the conversation; not set: `chat_completions`."""
    integrations: tuple[str, ...] = ()
    """For `lmstudio` with `wire = "native"`: MCP servers that LM Studio runs itself: a plugin's id as its
    mcp.json names it (`mcp/playwright`), or the address of a server to be used for this session alone."""
    api_key_env: VariableName | None = None
    """Name of the environment variable that holds the key; keys are never written to a file."""
    script: str | None = None
    """For `scripted`: the file to replay. Relative to the file that says so."""
    model_path: str | None = None
    """For `embedded`: a GGUF to run instead of the starter model. Relative to the file that says so."""
    window_tokens: int | None = Field(default=None, ge=512)
    """For `embedded`: the window to open the model with; not set: the program's choice."""


class ModelSettings(Section):
    """One model, by the id that its server lists."""

    context_length: int | None = Field(default=None, ge=512)
    """The window to load it with, in tokens, where the program loads it; not set: the server's default."""
    tool_mode: Literal["auto", "native", "structured", "text"] | None = None
    """As `agent.tool_mode`, for this model."""
    reasoning_effort: ReasoningEffort | None = None
    """As `agent.reasoning_effort`, for this model."""
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    """As `agent.temperature`, for this model."""
    top_p: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    """Sample from the likeliest tokens that together have this probability."""
    top_k: int | None = Field(default=None, ge=0)
    """Sample from this many of the likeliest tokens; 0: all."""
    min_p: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    """Leave out tokens less likely than this share of the likeliest one."""
    repeat_penalty: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Makes repeated tokens less likely; 1: off."""
    presence_penalty: float | None = Field(default=None, ge=-2, le=2, allow_inf_nan=False)
    """Makes tokens less likely that occurred at all."""
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2, allow_inf_nan=False)
    """Makes tokens less likely the more often they occurred."""
    seed: int | None = None
    """Makes sampling repeatable, where the server can."""
    stop: tuple[str, ...] = ()
    """Texts that end a reply."""
    max_tokens: int | None = Field(default=None, ge=1)
    """The longest reply, in tokens; not set: until the model stops or the window is full."""


class FullAutoSettings(Section):
    """What `--full-auto` may do; without it a headless run refuses what would be asked."""

    enabled: bool = False
    """Whether `--full-auto` is accepted at all."""
    allowed_tools: tuple[ToolOrAll, ...] = ()
    """Tools that then run without a question, `"*"` for all; a denied tool stays denied."""

    def allows(self, tool: str) -> bool:
        """Tell whether `tool` is on the list."""
        return self.enabled and ("*" in self.allowed_tools or tool in self.allowed_tools)


class AutomationSettings(Section):
    """Runs without a person to ask."""

    full_auto: FullAutoSettings = FullAutoSettings()
    """What `--full-auto` may do."""


class SecuritySettings(Section):
    """What secrets are kept from."""

    redact_secrets: bool = True
    """Take secrets out of what tools return, of what you type and of notices, before the model, the session's
    log or a screen gets them: the keys in use, and what looks like a token, a password or a private key.
    Errors and `vtcode.log` are always without them."""
    environment_allow: tuple[Rule, ...] = ()
    """Environment variables that commands get although they are called like secrets, or hold one: names or
    shell patterns, such as `SSH_AUTH_SOCK`. The keys of your providers they never get."""


class Settings(Section):
    """Everything that vtcode.toml can say, with its defaults."""

    agent: AgentSettings = AgentSettings()
    """Which model answers, and how it is asked."""
    tools: ToolSettings = ToolSettings()
    """What the tools may do without a question."""
    commands: CommandSettings = CommandSettings()
    """Rules for command lines."""
    paths: PathSettings = PathSettings()
    """Files and folders that are closed to the model."""
    context: ContextSettings = ContextSettings()
    """How the model's window is shared out."""
    pty: PtySettings = PtySettings()
    """The pseudo-terminal that commands run in."""
    sandbox: SandboxSettings = SandboxSettings()
    """What commands run in."""
    timeouts: TimeoutSettings = TimeoutSettings()
    """How long to wait for a server."""
    ui: UiSettings = UiSettings()
    """How the app looks."""
    automation: AutomationSettings = AutomationSettings()
    """Runs without a person to ask."""
    security: SecuritySettings = SecuritySettings()
    """What secrets are kept from."""
    providers: Mapping[ProviderName, ProviderSettings] = Field(default_factory=dict)
    """Servers and engines by name."""
    models: Mapping[str, ModelSettings] = Field(default_factory=dict)
    """Models by the id that their server lists: `[models."qwen/qwen3-8b"]`."""

    def provider(self, name: str) -> ProviderSettings:
        """Return what is set for the provider `name`; nothing set, all defaults."""
        return self.providers.get(name) or ProviderSettings.model_construct()

    def provider_kind(self, name: str) -> ProviderKind:
        """Return how to speak to the provider `name`: built-in names are their own kind."""
        for kind in PROVIDER_KINDS:
            if name == kind:
                return kind
        return self.provider(name).kind or "openai_compatible"
