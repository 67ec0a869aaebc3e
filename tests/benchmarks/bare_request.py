"""What every asyncio program on httpx and pydantic pays for one answer: `python bare_request.py URL`."""

from __future__ import annotations

import asyncio
import sys

import httpx
from pydantic import BaseModel


class Answer(BaseModel):
    """Something for pydantic to do."""

    status: int
    text: str


async def main(url: str) -> Answer:
    """Ask once."""
    async with httpx.AsyncClient() as client:
        reply = await client.post(f"{url}/chat/completions", json={"model": "bench", "messages": []})
        return Answer(status=reply.status_code, text=reply.text)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
