"""A judge on loopback that speaks both protocols as they are documented, and refuses what the real ones refuse."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

KEY = "key-of-a-test"


class JudgeServer:
    """`says(instructions, material)` gives the text of the answer. `statuses`: taken one by one before any 200; `delay_s`: before each answer."""

    def __init__(self, says: Callable[[str, str], str] = lambda _i, _m: '{"match": true, "confidence": 0.9}') -> None:
        self.says, self.statuses, self.delay_s = says, [], 0.0
        self.headers: dict[str, str] = {}
        self.requests: list[Mapping[str, Any]] = []
        self.url = ""

    @property
    def sent(self) -> str:
        """Everything that any request said."""
        return json.dumps(self.requests, ensure_ascii=False)

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        roles = [message["role"] for message in body["messages"]]
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": {"message": "Incorrect API key provided"}}, status=401)
        if roles != ["system", "user"] or not {"max_tokens", "max_completion_tokens"} & body.keys():
            return web.json_response({"error": {"message": "invalid"}}, status=400)
        if "max_completion_tokens" in body and "temperature" in body:
            return web.json_response({"error": {"message": "Unsupported value: 'temperature'"}}, status=400)
        text = self.says(*(message["content"] for message in body["messages"]))
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return await self._answer(body, {"id": "chatcmpl-1", "object": "chat.completion", "model": body["model"], "choices": [choice]})

    async def _anthropic(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if request.headers.get("x-api-key") != KEY or "anthropic-version" not in request.headers:
            return web.json_response({"type": "error", "error": {"type": "authentication_error"}}, status=401)
        if "max_tokens" not in body or any(message["role"] == "system" for message in body["messages"]):
            return web.json_response({"type": "error", "error": {"type": "invalid_request_error"}}, status=400)
        text = self.says(body["system"], body["messages"][0]["content"])
        blocks = [{"type": "text", "text": text}]
        return await self._answer(body, {"id": "msg_1", "type": "message", "role": "assistant", "content": blocks, "stop_reason": "end_turn"})

    async def _answer(self, body: Mapping[str, Any], answer: Mapping[str, Any]) -> web.StreamResponse:
        self.requests.append(body)
        await asyncio.sleep(self.delay_s)
        if self.statuses:
            return web.json_response({"error": "not now"}, status=self.statuses.pop(0), headers=self.headers)
        return web.json_response(answer)


@asynccontextmanager
async def serving(server: JudgeServer) -> AsyncIterator[JudgeServer]:
    """The server, listening."""
    app = web.Application()
    app.add_routes([web.post("/v1/chat/completions", server._openai), web.post("/v1/messages", server._anthropic)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()
