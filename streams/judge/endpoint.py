"""The judge over HTTP: one attempt, which gives a text or says why there is none."""

import asyncio
import json
from datetime import UTC, datetime
from typing import NamedTuple

import aiohttp

from streams import __version__
from streams.alerts.retries import retry_after
from streams.judge.protocols import request_for, text_of
from streams.judge.question import Question
from streams.settings_judge import JudgeSettings

LONGEST_ANSWER = 256 << 10
OF_THE_QUESTION = frozenset((400, 413, 422))  # this question may be at fault; every other status is the judge's


class Reply(NamedTuple):
    """What came of an attempt. `error`: why there is no answer, never with content; `of_question`: the question itself may be why."""

    text: str = ""
    error: str = ""
    of_question: bool = False
    wait_s: float = 0.0


class Endpoint:
    """Connections to the judge. No redirect is followed, no proxy of the environment used: text goes where the settings say."""

    def __init__(self, settings: JudgeSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, question: Question) -> Reply:
        """One attempt."""
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await self._post(question)
        except TimeoutError:
            return Reply(error=f"no answer within {self._settings.timeout_s:g} s", of_question=True)
        except aiohttp.ClientError as error:
            return Reply(error=f"no connection: {type(error).__name__}")

    async def _post(self, question: Question) -> Reply:
        request = request_for(self._settings, question)
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._settings.at_once)
            self._session = aiohttp.ClientSession(connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        headers = {"user-agent": f"Plumbline/{__version__}", **request.headers}
        async with self._session.post(request.url, json=request.body, headers=headers, allow_redirects=False) as response:
            if response.status != 200:
                wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
                response.close()  # its text may repeat the question
                return Reply(error=f"status {response.status}", of_question=response.status in OF_THE_QUESTION, wait_s=wait)
            body = b""
            while len(body) <= LONGEST_ANSWER and (block := await response.content.read(LONGEST_ANSWER)):
                body += block
            if len(body) > LONGEST_ANSWER:
                response.close()  # or the rest would be drained for the next request
            return self._read(body)

    def _read(self, body: bytes) -> Reply:
        if len(body) > LONGEST_ANSWER:
            return Reply(error=f"an answer of more than {LONGEST_ANSWER} bytes", of_question=True)
        try:
            return Reply(text_of(self._settings.protocol, json.loads(body)))
        except (ValueError, RecursionError):
            return Reply(error="the answer is no JSON: is judge.url the address of this protocol?")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
