"""A known-wrong worker: where its offset is gone, it goes on at the end of the log, silently."""

import faust

from streams.kafka import chunks
from streams.worker import application


class LatestApp(chunks.ChunkApp):
    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options | {"consumer_auto_offset_reset": "latest"})


application.ChunkApp, faust.App = LatestApp, faust.App
