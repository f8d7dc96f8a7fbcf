"""The fast way and the careful one give the same answer for every input, and no input makes either raise or report a defect.

Over ten thousand cases; `PLUMBLINE_LONG=1 pytest tests/properties/test_agreement.py --timeout=0` tries more than a million.
"""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from inputs import cases, lines, mutant, records
from reading import NOW, decoder

from schemas import ReasonCode
from streams.decode import Record
from streams.decode.strict_json import parse_careful, parse_fast
from streams.errors import Reject
from streams.settings import IntakeSettings

DECODER, LIMITS = decoder(), IntakeSettings()
CHUNK = 10


def agree(chunk: list[Record]) -> None:
    fast, careful = DECODER.decode(chunk, NOW), DECODER.decode_careful(chunk, NOW)
    assert fast == careful
    assert fast.inputs == len(fast.events) + len(fast.rejects) + sum(fast.filtered.values()) >= len(chunk)
    assert [reject.message for reject in fast.rejects if reject.reason is ReasonCode.PROCESSING_ERROR] == []


@given(st.integers(0, 2**64))
@cases(1_000)
def test_both_ways_agree_on_ten_thousand_damaged_inputs_in_chunks(seed: int) -> None:
    random = Random(seed)
    agree([mutant(random) for _ in range(CHUNK)])


@given(records)
@cases(2_000)
def test_both_ways_agree_on_any_record(record: Record) -> None:
    agree([record])


@given(lines)
@cases(1_000)
def test_what_the_fast_parser_admits_the_careful_one_reads_alike_to_the_last_digit(line: bytes) -> None:
    fast = parse_fast(line, LIMITS)
    try:
        careful = parse_careful(line, LIMITS)
    except Reject:
        careful = None
    assert fast is None or repr(fast) == repr(careful)
