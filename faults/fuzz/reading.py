"""What is read from the stream: records, by both ways of the decoder and as far as columns; and trees, by every adapter."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from faults.fuzz.cases import Case, must
from faults.fuzz.mutation import as_json, damaged_bytes, damaged_tree
from schemas import ReasonCode
from streams.decode import Decoder, Record
from streams.decode.adapters import ADAPTERS, by_shape
from streams.decode.records import Arrival, Decoded
from streams.errors import Reject
from streams.landing.spans import RunSpan
from streams.policy import Pack
from streams.privacy import HashKey
from streams.settings import IntakeSettings, PolicySettings, RetentionSettings
from streams.worker.packed import Packed
from streams.worker.process import Processor, SetUp, Task

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "unit" / "decode"))
from inputs import HEADED, PARSED, STAMPS, VALUES, mutant, odd_tree
from reading import NOW, NOW_MS

TINY = Path(__file__).parents[2] / "tests" / "packs" / "tiny"
END_MS = 2**62
ARRIVAL = Arrival("usage.events", 2, 41, 0, NOW_MS, {})


def record(chance: Random) -> Record:
    """A record that was one of the fixtures', or several."""
    if chance.random() < 0.5:
        return mutant(chance)
    value = as_json(chance, damaged_tree(chance, chance.choice(PARSED)[0])) if chance.random() < 0.3 else chance.choice(VALUES)
    value = damaged_bytes(chance, value, VALUES)
    headers = tuple((name, damaged_bytes(chance, each) if chance.random() < 0.3 else each) for name, each in chance.choice(HEADED))
    return Record("usage.events", 2, 41, chance.choice(STAMPS), None, value, headers)


def ended(decoded: Decoded, given: object) -> str:
    """How it ended, if it ended in what is documented."""
    must(decoded.inputs == len(decoded.events) + len(decoded.rejects) + sum(decoded.filtered.values()), "inputs are not accounted for", given)
    must(decoded.inputs > 0, "an input is gone", given)
    defects = [each.message for each in decoded.rejects if each.reason is ReasonCode.PROCESSING_ERROR]
    must(not defects, f"a defect of ours: {defects}", given)
    return "landed" if decoded.events else "dead_lettered" if decoded.rejects else "filtered"


@contextmanager
def decode() -> Iterator[Case]:
    """Both ways of the decoder agree, and account for all inputs."""
    decoder = Decoder(IntakeSettings(), RetentionSettings())

    def case(chance: Random) -> str:
        one = record(chance)
        fast = decoder.decode([one], NOW)
        must(fast == decoder.decode_careful([one], NOW), "the fast way and the careful one differ", one)
        return ended(fast, one)

    yield case


@contextmanager
def careless() -> Iterator[Case]:
    """The control: a reader as it is often written, which takes for granted what its own examples have."""
    decoder = Decoder(IntakeSettings(), RetentionSettings())

    def case(chance: Random) -> str:
        one = record(chance)
        decoded = decoder.decode([one], NOW)
        for each in decoded.events:
            json.loads(one.value)["event_id"].strip()
            assert len(each.event.content()) < 3
        return ended(decoded, one)

    yield case


@contextmanager
def worker() -> Iterator[Case]:
    """Decode, detect, decide, build columns: what a process of the pool does with a chunk."""
    with TemporaryDirectory() as folder:
        pack = Pack.load(TINY)
        (Path(folder) / pack.hash).symlink_to(TINY)
        processor = Processor(SetUp(IntakeSettings(), RetentionSettings(), PolicySettings(), HashKey(b"k" * 32, 1), True, Path(folder)))
        spans = [RunSpan("live-1", pack.hash, -END_MS, END_MS)]

        def case(chance: Random) -> str:
            one = record(chance)
            done = processor.process(Task(_packed(one), spans))
            must(done.inputs == done.landed + len(done.rejects) + sum(done.filtered.values()), "inputs are not accounted for", one)
            defects = [each.message for each in done.rejects if each.reason is ReasonCode.PROCESSING_ERROR]
            must(not defects, f"a defect of ours: {defects}", one)
            return "landed" if done.landed else "dead_lettered" if done.rejects else "filtered"

        yield case


class _Polled:
    """A record as the consumer gives it."""

    def __init__(self, one: Record) -> None:
        self.value, self.headers, self.offset, self.timestamp = one.value, one.headers, one.offset, one.timestamp_ms


def _packed(one: Record) -> Packed:
    return Packed.of(one.topic, one.partition, [_Polled(one)])


@contextmanager
def adapters() -> Iterator[Case]:
    """Every adapter, whichever source a tree is really from: fields, nothing, or a reject; the tree stays as it was."""

    def case(chance: Random) -> str:
        tree = odd_tree(chance) if chance.random() < 0.5 else damaged_tree(chance, chance.choice(PARSED)[0])
        if not isinstance(tree, dict):
            tree = {"request": tree}
        before = repr(tree)
        must(by_shape(tree) in ADAPTERS, "no adapter for its shape", tree)
        ends = {name: _by_adapter(name, tree) for name in ADAPTERS}
        must(repr(tree) == before, "an adapter has changed its input", before)
        return ends[by_shape(tree)]

    yield case


def _by_adapter(name: str, tree: dict) -> str:
    try:
        fields = ADAPTERS[name](tree, ARRIVAL)
    except Reject:
        return "dead_lettered"
    must(fields is None or isinstance(fields, dict), f"{name} gives neither fields nor nothing", tree)
    return "filtered" if fields is None else "landed"
