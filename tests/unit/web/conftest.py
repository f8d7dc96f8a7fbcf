"""The application on stand-ins for its two borders: a producer that remembers, and questions with given answers."""

from collections.abc import Callable, Sequence

import pytest
from starlette.testclient import TestClient

from streams.errors import PlumblineError
from streams.kafka.async_producer import Outgoing
from streams.settings import Settings
from streams.web.application import build
from streams.web.effect import NOTHING
from streams.web.questions import Questions, Rows


class Remembering:
    """Takes every record, or fails as it is told."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []
        self.failure: PlumblineError | None = None

    async def deliver(self, topic: str, records: Sequence[Outgoing]) -> None:
        if self.failure:
            raise self.failure
        self.records += records


class Canned(Questions):
    """Answers by the question's name; an unknown one has no rows."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self.answers: dict[str, Rows | PlumblineError] = {}

    async def ask(self, name: str, /, **given: object) -> Rows:
        answer = self.answers.get(name, [])
        if isinstance(answer, PlumblineError):
            raise answer
        return answer

    async def keep(self, key: tuple, seconds: float, make: object) -> object:
        return self.answers.get(key[0], NOTHING)


@pytest.fixture
def producer() -> Remembering:
    return Remembering()


@pytest.fixture
def canned() -> Canned:
    return Canned()


@pytest.fixture
def client(producer: Remembering, canned: Canned, tmp_path) -> Callable[..., TestClient]:
    """A client of the application under the given settings; `client_host` is where it comes from."""

    def make(*, client_host: str = "127.0.0.1", base_url: str = "http://127.0.0.1", **sections: object) -> TestClient:
        settings = Settings(data_dir=tmp_path, **sections)
        return TestClient(
            build(settings, producer=producer, questions=canned), base_url=base_url, client=(client_host, 50_000), follow_redirects=False
        )

    return make
