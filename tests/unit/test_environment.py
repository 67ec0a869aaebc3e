"""A command's environment holds no secrets and nothing that waits for a person."""

from __future__ import annotations

import pytest

from vtcode.system.environment import SecretVariables, command_environment, is_secret_name


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY", "GH_TOKEN", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
        "PGPASSWORD", "MYSQL_PWD", "DB_PASS", "GOOGLE_APPLICATION_CREDENTIALS", "NPM_CONFIG__AUTH",
        "SSH_AUTH_SOCK", "npm_config_//host/:_authToken", "GIT_ASKPASS", "SSH_ASKPASS",
        "APIKEY", "SENTRY_DSN", "GITLAB_PAT", "SECRETS", "SESSION_COOKIE", "LM_API_TOKEN",
        "ANSIBLE_VAULT_PASSPHRASE", "azure_client_secret",
    ],
)  # fmt: skip
def test_a_variable_called_like_a_secret_is_dropped(name: str) -> None:
    assert is_secret_name(name)
    assert name not in command_environment({name: "x"}, "m")


@pytest.mark.parametrize(
    "name",
    [
        "PATH", "HOME", "PWD", "OLDPWD", "LANG", "GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL", "XAUTHORITY",
        "TOKENIZERS_PARALLELISM", "KEYTIMEOUT", "KEYBOARD_LAYOUT", "VIRTUAL_ENV", "CARGO_HOME", "GOPATH",
        "PASSENGER_ROOT", "XDG_SESSION_ID", "NODE_ENV", "PYTHONPATH", "SSH_CLIENT",
    ],
)  # fmt: skip
def test_an_ordinary_variable_stays(name: str) -> None:
    assert command_environment({name: "x"}, "m")[name] == "x"


@pytest.mark.parametrize(
    "value", ["postgres://ann:hunter22@db/app", "https://ann:x@host/simple", "ghp_" + "a1" * 18]
)
def test_a_variable_that_holds_a_secret_is_dropped_whatever_it_is_called(value: str) -> None:
    assert "PLAIN" not in command_environment({"PLAIN": value}, "m")


def test_what_is_allowed_stays_but_never_a_key_of_our_own() -> None:
    secrets = SecretVariables(own=frozenset({"LAB", "LM_API_TOKEN"}), allowed=("CARGO_*", "LM_API_TOKEN"))
    base = {"CARGO_TOKEN": "a", "LM_API_TOKEN": "b", "LAB": "c", "GH_TOKEN": "d"}
    assert {*base} & {*command_environment(base, "m", secrets)} == {"CARGO_TOKEN"}


def test_an_address_without_a_password_stays() -> None:
    base = {"http_proxy": "http://proxy:3128", "PIP_INDEX_URL": "https://ann@host/simple"}
    assert base.items() <= command_environment(base, "m").items()


def test_nobody_is_asked_and_nothing_is_paged() -> None:
    base = {"PAGER": "less", "GIT_EDITOR": "vim", "LESSOPEN": "|evil %s", "EDITOR": "emacs", "LESS": "+!sh"}
    made = command_environment(base, "m")
    assert "LESSOPEN" not in made
    assert {made[name] for name in ("PAGER", "GIT_PAGER", "MANPAGER")} == {"cat"}
    assert {made[name] for name in ("EDITOR", "VISUAL", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR")} == {"true"}
    assert (made["GIT_TERMINAL_PROMPT"], made["LESSSECURE"], made["LESS"]) == ("0", "1", "-FRX")


def test_the_same_base_makes_the_same_environment() -> None:
    base = {"B": "1", "A": "2"}
    assert list(command_environment(base, "m").items()) == list(command_environment(base, "m").items())


def test_values_worth_looking_for_are_those_of_secrets_alone() -> None:
    secrets = SecretVariables(own=frozenset({"LAB"}), allowed=("OPEN_TOKEN",))
    base = {
        "LAB": "opensesame",
        "GH_TOKEN": "abcdefgh12",
        "OPEN_TOKEN": "abcdefgh34",
        "DEBUG_KEY": "true",
        "HOME": "/home/ann12",
        "SSH_AUTH_SOCK": "/tmp/ssh-1/agent.12",
    }
    assert secrets.values(base) == ("abcdefgh12", "opensesame")
