"""`vtcode models`, as far as it needs no server: words, columns, progress."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.amounts import age, clock_time, size
from vtcode.cli.arguments import parse
from vtcode.cli.models_text import info_json, info_text, listings_json, listings_text
from vtcode.cli.progress import ProgressLines
from vtcode.commands.model_facts import cells, describe, facts
from vtcode.commands.model_places import Place
from vtcode.commands.model_words import ModelWords, understood
from vtcode.errors import ServerUnreachable, UsageError
from vtcode.events import Event, ModelDownloading, ModelLoading, Notice
from vtcode.providers.lifecycle import LoadRequest
from vtcode.providers.load_options import LOAD_OPTIONS, load_request, window_tokens
from vtcode.providers.model_info import LoadConfig, ModelInfo
from vtcode.questions import Answer, Choice, ChoiceQuestion
from vtcode.session.servers import Listing

CODER = ModelInfo(
    id="acme/coder-30b",
    display_name="Coder 30B",
    state="loaded",
    window_tokens=32_768,
    max_window_tokens=262_144,
    size_bytes=18_600_000_000,
    quantization="Q4_K_M",
    publisher="acme",
    vision=False,
    tool_use=True,
    aliases=("acme/coder-30b", "acme/coder-30b@q4_k_m"),
    key="acme/coder-30b",
    params="30B-A3B",
    format="gguf",
    parallel=4,
    reasoning_efforts=("low", "high"),
    load_config=LoadConfig(context_length=32_768, flash_attention=True, offload_kv_cache_to_gpu=False),
)
CHAT = ModelInfo(id="acme/chat-8b", state="downloaded", max_window_tokens=8_192, size_bytes=4_900_000_000)
EMBEDDING = ModelInfo(id="text-embedding-mini", kind="embedding", state="downloaded")
HERE = Listing(
    server="lmstudio", address="http://localhost:1234", models=(CODER, CHAT, EMBEDDING), can_load=True
)
AWAY = Listing(
    server="box",
    address="http://box:1234",
    models=(CHAT,),
    problem=ServerUnreachable("Nobody answers at http://box:1234."),
    age_s=3 * 3_600.0,
)


def test_the_list_has_loaded_and_downloaded_models_apart_and_those_that_can_not_chat() -> None:
    lines = listings_text([HERE]).splitlines()
    assert [line.split("  ")[0].strip() or line.strip() for line in lines if not line.startswith("    ")] == [
        "LM Studio",
        "Loaded",
        "Downloaded",
        "Not for chats",
    ]
    assert lines[lines.index("  Loaded") + 1].split() == [
        *("acme/coder-30b", "32k", "of", "256k", "18.6", "GB", "Q4_K_M", "30B-A3B"),
        *("tools", "reasoning", "gguf"),
    ]


def test_the_columns_of_all_servers_stand_below_each_other() -> None:
    rows = [line for line in listings_text([HERE, AWAY]).splitlines() if " GB" in line]
    assert len(rows) == 3
    assert len({row.index(" GB") for row in rows}) == 1


def test_a_server_that_is_away_shows_its_last_list_with_its_age() -> None:
    text = listings_text([AWAY])
    assert "Nobody answers at http://box:1234. Its list was seen 3 h ago." in text
    assert "acme/chat-8b" in text


def test_the_json_says_who_answered_and_how_old_a_list_is() -> None:
    document = json.loads(json.dumps(listings_json([HERE, AWAY])))
    here, away = document["servers"]
    assert (here["name"], here["answers"], here["problem"], here["list_age_seconds"]) == (
        "lmstudio",
        True,
        None,
        None,
    )
    assert (away["answers"], away["list_age_seconds"]) == (False, 10_800)
    assert here["models"][0]["load_config"]["flash_attention"] is True


def test_what_a_server_says_can_not_draw_on_the_terminal() -> None:
    evil = replace(CODER, id="evil\x1b[2J\nmodel", quantization="\x1b]0;x\x07", publisher="\u202eabc")
    place = Place(server="lmstudio", address="x", model=evil)
    for text in (listings_text([replace(HERE, models=(evil,))]), info_text(place)):
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert "\nmodel" not in text


def test_info_tells_everything_that_is_known_and_nothing_else() -> None:
    place = Place(server="lmstudio", address="http://localhost:1234", model=CODER)
    text = info_text(place)
    for fact in ("Coder 30B", "32,768 of 262,144", "30B-A3B", "low, high", "flash attention on", "off", "4"):
        assert fact in text
    assert info_json(place)["window_tokens"] == 32_768
    bare = ModelInfo(id="x")
    assert facts(bare, "box", "http://box") == [("Id", "x"), ("Server", "box (http://box)")]
    assert describe(bare) == ""
    assert not any(cells(bare))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (replace(CODER, max_window_tokens=None), "window 32,768 ·"),
        (CHAT, "window up to 8,192"),
        (replace(CODER, vision=True), "tools · vision · reasoning"),
        (replace(CODER, reasoning_efforts=()), "tools"),
    ],
)
def test_a_line_says_what_matters(model: ModelInfo, words: str) -> None:
    assert words in describe(model)


class TestOptions:
    def test_all_of_them_reach_the_request(self) -> None:
        line = "models load acme/x --context-length 16k --flash-attention on --kv-offload OFF --experts 4"
        line += " --ttl 60 --gpu 0.5 --parallel 2 --identifier mine --another"
        arguments = parse(line.split())
        assert load_request("acme/x", dict(arguments.load_options)) == LoadRequest(
            model="acme/x",
            config=LoadConfig(
                context_length=16_384, flash_attention=True, offload_kv_cache_to_gpu=False, num_experts=4
            ),
            gpu="0.5",
            ttl_s=60,
            parallel=2,
            identifier="mine",
            another=True,
        )
        assert len(arguments.load_options) == len(LOAD_OPTIONS)

    def test_the_same_words_mean_the_same_after_a_slash(self) -> None:
        words = understood('load "acme/x y" --context-length=9000 --another --server box')
        assert words == ModelWords(
            action="load",
            name="acme/x y",
            server="box",
            options={"--context-length": "9000", "--another": ""},
        )

    @pytest.mark.parametrize("argument", ["", "qwen/qwen3-8b", "loader", "'", "unknown words"])
    def test_what_names_no_action_is_a_models_id(self, argument: str) -> None:
        assert understood(argument) == ModelWords(name=argument)

    @pytest.mark.parametrize(
        ("text", "tokens"),
        [("16384", 16_384), ("16,384", 16_384), ("16k", 16_384), (" 8_192 ", 8_192)]
        + [(text, None) for text in ("", "k", "0", "-1", "1.5k", "²", "many", "9" * 12)],
    )
    def test_a_window_is_written_as_people_do(self, text: str, tokens: int | None) -> None:
        assert window_tokens(text) == tokens

    @given(st.text())
    def test_no_text_breaks_the_reading_of_words(self, text: str) -> None:
        with suppress(UsageError):
            assert understood(text).name in text

    @pytest.mark.parametrize("line", ["models load", "models download", "models nope", "local nope"])
    def test_a_command_line_that_lacks_something_is_refused(self, line: str) -> None:
        with pytest.raises(UsageError):
            parse(line.split())


class TestProgress:
    DOWNLOAD = ModelDownloading(
        model="acme/x",
        state="downloading",
        downloaded_bytes=1_200_000_000,
        total_bytes=4_800_000_000,
        bytes_per_s=48e6,
        remaining_s=75,
    )

    async def shown(self, *events: Event, redraws: bool, as_json: bool = False) -> str:
        written: list[str] = []
        lines = ProgressLines(written.append, redraws=redraws, as_json=written.append if as_json else None)
        for event in events:
            await lines.show(event)
        lines.end()
        return "".join(written)

    async def test_on_a_terminal_one_line_with_a_bar_is_drawn_over_and_over(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "70")
        later = replace(self.DOWNLOAD, downloaded_bytes=4_800_000_000)
        text = await self.shown(self.DOWNLOAD, later, redraws=True)
        first, second = text.removeprefix("\r\x1b[K").removesuffix("\n").split("\r\x1b[K")
        assert first.rstrip() == f"{'━' * 6}{'─' * 18} downloading acme/x: 1.2 of 4.8 GB (25%), 48"
        assert second.startswith("━" * 24)
        assert max(len(first), len(second)) < 70

    async def test_elsewhere_a_line_comes_with_every_tenth(self) -> None:
        events = [replace(self.DOWNLOAD, downloaded_bytes=48_000_000 * percent) for percent in range(100)]
        text = await self.shown(*events, redraws=False)
        assert text.count("\n") == 10
        assert "\r" not in text

    async def test_a_guess_is_marked(self) -> None:
        text = await self.shown(ModelLoading(model="x", progress=0.4, estimated=True), redraws=False)
        assert text == "vtcode: loading x: ~40%\n"

    async def test_a_notice_stands_on_a_line_of_its_own(self) -> None:
        notice = Notice(level="warning", text="Less.", hint="Why.")
        text = await self.shown(ModelLoading(model="x", progress=None), notice, redraws=True)
        assert text.endswith("loading x\nvtcode: Less.\n  Why.\n")

    async def test_json_lines_tell_a_download(self) -> None:
        text = await self.shown(self.DOWNLOAD, redraws=False, as_json=True)
        assert json.loads(text)["downloaded_bytes"] == 1_200_000_000

    async def test_nobody_is_asked(self) -> None:
        choices = (Choice(id="reload", label="Reload", key="r"), Choice(id="keep", label="Keep", key="k"))
        question = ChoiceQuestion(kind="small_window", title="", body="", choices=choices, refusal="keep")
        lines = ProgressLines(print, redraws=False)
        assert await lines.ask(question) == Answer(choice="keep")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "just now"), (300, "5 min ago"), (3 * 3_600, "3 h ago"), (86_400, "1 day ago"), (2e5, "2 days ago")],
)
def test_an_age_is_said_in_its_largest_unit(seconds: float, words: str) -> None:
    assert age(seconds) == words


def test_amounts_are_said_as_people_do() -> None:
    assert [size(amount) for amount in (91_234_567, 4_900_000_000)] == ["91 MB", "4.9 GB"]
    assert [clock_time(seconds) for seconds in (7, 77, 3_723)] == ["0:07", "1:17", "1:02:03"]
