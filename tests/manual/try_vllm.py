"""Tries the client against a real vLLM: run by hand, no part of the test suite.

    python tests/manual/try_vllm.py --python /path/to/venv/bin/python

`--python` is the interpreter of an environment with vLLM in it, a build for the CPU is enough; by default
this one. Nothing is installed and nothing downloaded: the model is made on the spot, two layers with random
weights and a tokenizer of the printable ASCII characters. It talks nonsense; what is tried is what the server
says around that. Takes a minute or two.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from vtcode.errors import EmptyReply, ModelNotFound, Unauthorized, WindowExceeded
from vtcode.messages import AssistantMessage, SystemMessage, ToolCall, ToolMessage, UserMessage
from vtcode.providers.base import CompletedPart, Part, Request, Sampling
from vtcode.providers.openai_compatible import OpenAICompatibleProvider
from vtcode.tools import BUILTIN_TOOLS
from vtcode.tools.registry import definitions

WINDOW_TOKENS = 2_048
STARTING_S = 300
MAKE_MODEL = """
import string, sys
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

special = ["<|im_start|>", "<|im_end|>", "<unk>"]
vocabulary = {token: number for number, token in enumerate([*special, *sorted(set(string.printable))])}
tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
tokenizer.decoder = decoders.Fuse()
fast = PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, bos_token=special[0], eos_token=special[1], unk_token=special[2]
)
fast.chat_template = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\\n{{ message.content }}<|im_end|>\\n"
    "{% endfor %}<|im_start|>assistant\\n"
)
fast.save_pretrained(sys.argv[1])
shape = dict(hidden_size=128, intermediate_size=256, num_hidden_layers=2, num_attention_heads=2)
config = LlamaConfig(
    vocab_size=len(vocabulary), num_key_value_heads=2, max_position_embeddings=4096,
    bos_token_id=0, eos_token_id=1, **shape
)
LlamaForCausalLM(config).save_pretrained(sys.argv[1])
"""
SCHEMA = {
    "type": "object",
    "properties": {"number": {"enum": [1, 2]}},
    "required": ["number"],
    "additionalProperties": False,
}
HELLO = Request(
    model="tiny",
    messages=(SystemMessage(text="Be brief."), UserMessage(text="Hello.")),
    sampling=Sampling(temperature=1.0, max_tokens=40, seed=1),
)
TOOLS = definitions(BUILTIN_TOOLS)


def main() -> int:
    """Run all checks; the exit code is 1 where one failed, 2 where there is no vLLM."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has vLLM")
    python = parser.parse_args().python
    version = subprocess.run(
        [python, "-c", "import vllm; print(vllm.__version__)"], capture_output=True, text=True, check=False
    )
    if version.returncode:
        print(f"There is no vLLM in {python}. docs/scaling.md says how one for the CPU is had.")
        return 2
    print(f"vLLM {version.stdout.split()[-1]}")
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        subprocess.run([python, "-c", MAKE_MODEL, str(model)], check=True, env=_offline())
        with served(python, model, Path(folder) / "log") as (url, key):
            return asyncio.run(try_all(url, key))


@contextmanager
def served(python: str, model: Path, log: Path) -> Iterator[tuple[str, str]]:
    """Run vLLM on loopback; yields its address and its key."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url, key = f"http://127.0.0.1:{port}", secrets.token_urlsafe(16)
    argv = [python, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model)]
    argv += ["--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port), "--api-key", key]
    argv += ["--max-model-len", str(WINDOW_TOKENS), "--dtype", "float32", "--enforce-eager"]
    argv += ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"]
    with log.open("wb") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output, env=_offline())
    try:
        wait_until_ready(url, process, log)
        yield url, key
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers.

    Raises:
        SystemExit: It ended, or took too long; its last words are shown.
    """
    deadline = time.monotonic() + STARTING_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise SystemExit(f"vLLM did not start:\n{log.read_text(errors='replace')[-3_000:]}")


def _offline() -> dict[str, str]:
    quiet = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    return {**os.environ, **quiet, "VLLM_CPU_KVCACHE_SPACE": "1"}


async def try_all(url: str, key: str) -> int:
    """Print what each check finds; return the exit code."""
    failed = 0
    for check in CHECKS:
        try:
            found = await check(url, key)
        except Exception as problem:  # a report of all of them is wanted
            failed += 1
            found = f"{type(problem).__name__}: {problem}"
            print(f"FAIL  {check.__name__.replace('_', ' ')}: {found}")
        else:
            print(f"ok    {check.__name__.replace('_', ' ')}: {found}")
    return 1 if failed else 0


@asynccontextmanager
async def client(url: str, key: str | None) -> AsyncIterator[OpenAICompatibleProvider]:
    """Connect as the program does."""
    async with aclosing(OpenAICompatibleProvider("vllm", url, key)) as provider:
        yield provider


async def parts_of(provider: OpenAICompatibleProvider, request: Request) -> list[Part]:
    """Return all parts of one reply."""
    async with aclosing(provider.stream_reply(request)) as parts:
        return [part async for part in parts]


async def completed(url: str, key: str, request: Request) -> CompletedPart:
    """Return a whole reply."""
    async with client(url, key) as provider:
        last = (await parts_of(provider, request))[-1]
    assert isinstance(last, CompletedPart)
    return last


async def the_window_comes_from_max_model_len(url: str, key: str) -> str:
    async with client(url, key) as provider:
        await provider.open()
        model = await provider.resolve_model("")
    assert (model.id, model.state, model.window_tokens) == ("tiny", "loaded", WINDOW_TOKENS)
    return f"{model.window_tokens} tokens"


async def a_reply_streams_with_its_usage(url: str, key: str) -> str:
    async with client(url, key) as provider:
        parts = await parts_of(provider, HELLO)
    last = parts[-1]
    assert isinstance(last, CompletedPart)
    assert last.usage is not None
    assert not last.usage.estimated
    return f"{len(parts)} parts, {last.usage.completion_tokens} tokens, finish {last.finish}"


async def all_tools_and_a_calls_result_are_accepted(url: str, key: str) -> str:
    call = ToolCall(id="call_1", name="read_file", arguments='{"path": "a.txt"}')
    said = (
        AssistantMessage(tool_calls=(call,)),
        ToolMessage(call_id="call_1", name="read_file", text="hello"),
    )
    try:
        reply = await completed(url, key, replace(HELLO, messages=HELLO.messages + said, tools=TOOLS))
    except EmptyReply:
        return "answered with nothing, as random weights may"
    return f"{len(TOOLS)} tools, finish {reply.finish}"


async def a_schema_holds_even_this_model(url: str, key: str) -> str:
    request = replace(HELLO, response_schema=SCHEMA, sampling=Sampling(max_tokens=400, seed=3))
    text = (await completed(url, key, request)).message.text
    from vtcode.agent.answer_schema import AnswerSchema

    assert AnswerSchema(SCHEMA).fitting(AssistantMessage(text=text)), text
    return " ".join(text.split())


async def every_sampling_key_is_accepted(url: str, key: str) -> str:
    sampling = Sampling(
        temperature=0.5, top_p=0.9, top_k=20, min_p=0.01, repeat_penalty=1.1, presence_penalty=0.1,
        frequency_penalty=0.1, seed=2, stop=("END",), max_tokens=30,
    )  # fmt: skip
    return f"finish {(await completed(url, key, replace(HELLO, sampling=sampling))).finish}"


async def reasoning_efforts_are_accepted(url: str, key: str) -> str:
    for effort in ("none", "off", "low", "on", "high"):
        await completed(url, key, replace(HELLO, reasoning_effort=effort))
    return "none, off, low, on, high"


async def a_prompt_that_is_too_long_is_told_as_that(url: str, key: str) -> str:
    try:
        await completed(url, key, replace(HELLO, messages=(UserMessage(text="q" * 3 * WINDOW_TOKENS),)))
    except WindowExceeded as error:
        return error.message
    raise AssertionError("it was answered")


async def an_unknown_model_is_told_as_that(url: str, key: str) -> str:
    try:
        await completed(url, key, replace(HELLO, model="another"))
    except ModelNotFound as error:
        return error.message
    raise AssertionError("it was answered")


async def a_wrong_key_is_refused(url: str, key: str) -> str:
    for wrong in (None, "wrong"):
        try:
            async with client(url, wrong) as provider:
                await provider.open()
        except Unauthorized as error:
            told = error.message
        else:
            raise AssertionError("it was let in")
    return told


async def several_replies_run_at_the_same_time(url: str, key: str) -> str:
    replies = [
        completed(url, key, replace(HELLO, sampling=Sampling(max_tokens=200, seed=n))) for n in range(4)
    ]
    done = await asyncio.gather(*replies, return_exceptions=True)
    problems = [one for one in done if isinstance(one, BaseException) and not isinstance(one, EmptyReply)]
    assert not problems, problems
    return f"{len(done)} of them"


CHECKS: tuple[Callable[[str, str], Coroutine[Any, Any, str]], ...] = (
    the_window_comes_from_max_model_len,
    a_reply_streams_with_its_usage,
    all_tools_and_a_calls_result_are_accepted,
    a_schema_holds_even_this_model,
    every_sampling_key_is_accepted,
    reasoning_efforts_are_accepted,
    a_prompt_that_is_too_long_is_told_as_that,
    an_unknown_model_is_told_as_that,
    a_wrong_key_is_refused,
    several_replies_run_at_the_same_time,
)

if __name__ == "__main__":
    sys.exit(main())
