"""A bundle stands on its own: what was altered, added, removed or reordered in it is found with the public key alone, and named."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from streams.errors import UsageError
from streams.evidence.canonical import canonical
from streams.evidence.chain import BEFORE_THE_FIRST, Seal, broken_links, signed
from streams.evidence.document import digest, written
from streams.evidence.keys import SealingKey
from streams.evidence.merkle import leaf_of, path_of, root_by, root_of
from streams.evidence.verifying import verify

KEY, OTHER = (SealingKey(Ed25519PrivateKey.generate()) for _ in range(2))
BEGAN = datetime(2026, 11, 25, tzinfo=UTC)
SALT = b"salt"


def verdict(hour: int, number: int) -> dict[str, Any]:
    at = BEGAN + timedelta(hours=hour, minutes=number)
    return {"organization_id": "org-a", "event_id": f"e{hour}-{number}", "occurred_at": at, "category": "tracking", "score": 0.5, "pack_hash": "p"}


def chain(rows: dict[int, list[dict]], amended: int = -1) -> list[Seal]:
    made: list[Seal] = []
    for hour, verdicts in rows.items():
        leaves = [leaf_of(SALT, canonical(row)) for row in verdicts]
        before = made[-1].hash if made else BEFORE_THE_FIRST
        amendment = int(hour == amended)
        seal = Seal(len(made) + 1, BEGAN + timedelta(hours=hour), amendment, len(leaves), root_of(leaves).hex(), before, BEGAN, KEY.public.id)
        made.append(signed(seal, KEY))
    return made


def bundle(amended: int = -1) -> bytes:
    rows = {hour: [verdict(hour, number) for number in range(3 + hour)] for hour in range(3)}
    verdicts = []
    for number, mine in enumerate(rows.values(), 1):
        leaves = [leaf_of(SALT, canonical(row)) for row in mine]
        for position, row in enumerate(mine):
            path = [["left" if step.left else "right", step.hash.hex()] for step in path_of(leaves, position)]
            verdicts.append({"row": row, "proof": {"seal": number, "position": position, "salt": SALT.hex(), "path": path}})
    links = [{"action": "link", "void": False, "organization_id": "org-a", "event_id": each["row"]["event_id"]} for each in verdicts]
    sections = {
        "case": [{"case_id": "case_a"}], "history": links, "events": [each["row"] for each in verdicts], "verdicts": verdicts, "policy": [],
        "seals": [asdict(each) for each in chain(rows, amended)],
    }  # fmt: skip
    return written(sections, {"case_id": "case_a", "made_at": BEGAN, "events_gone": []}, KEY)


BUNDLE = bundle()


def changed(change: Callable[[dict], None], *, forged: bool = False) -> str:
    """What is found after a change; `forged`: with a manifest made to fit, which only the holder of the key can sign."""
    document = json.loads(BUNDLE)
    change(document)
    if forged:
        document["manifest"]["sections"] = {name: {"rows": len(rows), "sha256": digest(rows)} for name, rows in document["sections"].items()}
    return "\n".join(verify(canonical(document), [KEY.public]).problems)


def test_a_bundle_verifies_with_the_public_key_and_counts_what_is_proven():
    found = verify(BUNDLE, [KEY.public])
    assert (found.problems, found.events, found.proven, found.seals, found.late) == ([], 12, 12, 3, 0)


def test_what_was_sealed_after_its_hour_is_counted_apart_since_it_may_have_replaced_what_was_sealed_then():
    found = verify(bundle(amended=2), [KEY.public])
    assert (found.problems, found.proven, found.late) == ([], 12, 5)


def test_it_does_not_verify_with_another_key_which_is_named():
    found = "\n".join(verify(BUNDLE, [OTHER.public]).problems)
    assert f"signed with key {KEY.public.id}, and the keys given are {OTHER.public.id}" in found


def test_a_changed_byte_is_caught_wherever_it_is():
    for at in range(0, len(BUNDLE), 37):
        content = bytearray(BUNDLE)
        content[at] ^= 1
        try:
            assert verify(bytes(content), [KEY.public]).problems, f"byte {at}"
        except UsageError:
            continue  # no bundle at all any more


def test_a_blank_that_means_nothing_is_caught_too():
    content = BUNDLE.replace(b'"score":0.5', b'"score": 0.5', 1)
    assert verify(content, [KEY.public]).problems == [f"the file is not as it was written: byte {BUNDLE.index(b':0.5') + 1} differs"]


def test_a_dropped_row_is_caught_and_counted():
    assert "section verdicts has 11 rows, and the manifest counts 12: 1 removed" in changed(lambda each: each["sections"]["verdicts"].pop())
    assert "the manifest was altered" in changed(lambda each: each["sections"]["verdicts"].pop(), forged=True)


def test_a_dropped_event_is_named():
    found = changed(lambda each: each["sections"]["events"].pop())
    assert "event org-a/e2-4 has a verdict and is not in the file" in found


def test_an_altered_verdict_is_named_with_its_seal():
    def alter(document: dict) -> None:
        document["sections"]["verdicts"][4]["row"]["score"] = 0.1

    found = changed(alter, forged=True)
    assert (
        "verdict of org-a/e1-1 in tracking is not what was sealed: its proof does not lead to the root of seal 2 (hour 2026-11-25 01:00 UTC)" in found
    )


def test_a_reordered_hour_is_caught_and_named():
    def swap(document: dict) -> None:
        seals = document["sections"]["seals"]
        seals[0], seals[1] = seals[1], seals[0]

    assert "seal 1 (hour 2026-11-25 00:00 UTC) comes after seal 2 (hour 2026-11-25 01:00 UTC): hours were reordered" in changed(swap, forged=True)


def test_a_removed_hour_is_caught():
    assert "or one was left out" in changed(lambda document: document["sections"]["seals"].pop(1), forged=True)


def test_an_added_section_is_caught():
    assert "section notes was added" in changed(lambda document: document["sections"].update(notes=[1]))


def test_a_chain_that_lost_its_beginning_is_not_whole():
    seals = chain({0: [verdict(0, 0)], 1: []})
    keys = {KEY.public.id: KEY.public}
    assert [*broken_links(seals, keys)] == []
    assert [*broken_links(seals[1:], keys)] == ["the chain begins with seal 2 (hour 2026-11-25 01:00 UTC): those before it are missing"]


def test_a_seal_that_another_key_made_in_its_place_breaks_the_link():
    first, second = chain({0: [verdict(0, 0)], 1: []})
    again = signed(Seal(**{**asdict(first), "leaves": 0, "signature": ""}), KEY)
    assert any("does not link" in each for each in broken_links([again, second], {KEY.public.id: KEY.public}))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13])
def test_every_leaf_leads_to_the_root_and_no_other_does(count):
    leaves = [leaf_of(SALT, b"%d" % number) for number in range(count)]
    for position, leaf in enumerate(leaves):
        assert root_by(leaf, path_of(leaves, position)) == root_of(leaves)
    assert root_by(leaf_of(SALT, b"another"), path_of(leaves, 0)) != root_of(leaves)


def test_what_is_no_bundle_is_said_to_be_none():
    for content in (b"", b"{}", b"[1]", BUNDLE[:-20]):
        with pytest.raises(UsageError):
            verify(content, [KEY.public])
