"""Checks a bundle with nothing but the file and public keys: no settings, no database, no network. Each thing that does not fit is said in words."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from schemas.pack import pack_hash
from streams.evidence.canonical import canonical
from streams.evidence.chain import Seal, broken_links, seal_from
from streams.evidence.document import digest, read
from streams.evidence.keys import PublicKey
from streams.evidence.merkle import Step, leaf_of, root_by

Document = Mapping[str, Any]


class Verified(NamedTuple):
    """What was found. `problems` empty: nothing was altered, added or removed since it was sealed; `late` of the `proven` verdicts were sealed after
    their hour was.
    """

    problems: list[str]
    case_id: str = ""
    events: int = 0
    proven: int = 0
    unsealed: int = 0
    seals: int = 0
    late: int = 0


def verify(content: bytes, keys: Sequence[PublicKey]) -> Verified:
    """Check a file.

    Raises:
        UsageError: it is no bundle.
    """
    document, known = read(content), {key.id: key for key in keys}
    try:
        sections, manifest = document["sections"], document["manifest"]
        seals = [seal_from(row) for row in sections["seals"]]
        problems = [
            *_manifest(document, known), *broken_links(seals, known, whole=False), *_proofs(sections["verdicts"], seals),
            *_events(document), *_packs(sections["policy"]), *_bytes(content, document),
        ]  # fmt: skip
        proven = sum(each["proof"] is not None for each in sections["verdicts"])
        amendments = {each.number for each in seals if each.amendment}
        late = sum(each["proof"] is not None and each["proof"]["seal"] in amendments for each in sections["verdicts"])
        counts = len(sections["events"]), proven, len(sections["verdicts"]) - proven, len(seals), late
        return Verified(problems, manifest["case_id"], *counts)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        return Verified([f"the file is not whole: {type(error).__name__} {error}"])


def _manifest(document: Document, keys: Mapping[str, PublicKey]) -> Iterator[str]:
    manifest, sections = document["manifest"], document["sections"]
    if manifest["key_id"] not in keys:
        yield f"the manifest was signed with key {manifest['key_id']}, and the keys given are {', '.join(sorted(keys)) or 'none'}"
    elif not keys[manifest["key_id"]].verifies(document["signature"], canonical(manifest)):
        yield "the manifest was altered: its signature does not fit what it says"
    for name in sorted({*sections} ^ {*manifest["sections"]}):
        yield f"section {name} was {'added' if name in sections else 'removed'}: the manifest {'does not name' if name in sections else 'names'} it"
    for name, rows in sections.items():
        said = manifest["sections"].get(name, {"rows": len(rows), "sha256": digest(rows)})
        if len(rows) != said["rows"]:
            more = len(rows) - said["rows"]
            yield f"section {name} has {len(rows)} rows, and the manifest counts {said['rows']}: {abs(more)} {'added' if more > 0 else 'removed'}"
        elif digest(rows) != said["sha256"]:
            yield f"section {name} was altered: its hash is not the one in the manifest"


def _proofs(verdicts: Sequence[Document], seals: Sequence[Seal]) -> Iterator[str]:
    by_number = {each.number: each for each in seals}
    taken: dict[tuple[int, int], str] = {}
    for each in verdicts:
        row, proof = each["row"], each["proof"]
        if proof is None:
            continue
        name, seal = f"verdict of {row['organization_id']}/{row['event_id']} in {row['category']}", by_number.get(proof["seal"])
        if seal is None:
            yield f"{name}: seal {proof['seal']} is not in the file"
            continue
        path = [Step(bytes.fromhex(step), left=side == "left") for side, step in proof["path"]]
        if root_by(leaf_of(bytes.fromhex(proof["salt"]), canonical(row)), path).hex() != seal.root:
            yield f"{name} is not what was sealed: its proof does not lead to the root of {seal.name}"
        if (
            not seal.hour <= datetime.fromisoformat(row["occurred_at"])
            or (datetime.fromisoformat(row["occurred_at"]) - seal.hour).total_seconds() >= 3_600
        ):
            yield f"{name} is of another hour than {seal.name}"
        place = proof["seal"], proof["position"]
        if place in taken:
            yield f"{name} and {taken[place]} claim one place under {seal.name}"
        taken[place] = name


def _events(document: Document) -> Iterator[str]:
    """Every verdict is of an event in the file, and every linked event is there or said to be gone."""
    sections = document["sections"]
    there = {(row["organization_id"], row["event_id"]) for row in sections["events"]}
    for organization, event in sorted({(each["row"]["organization_id"], each["row"]["event_id"]) for each in sections["verdicts"]} - there):
        yield f"event {organization}/{event} has a verdict and is not in the file"
    linked = {
        (row["organization_id"], row["event_id"]) for row in sections["history"] if row["action"] == "link" and row["event_id"] and not row["void"]
    }
    gone = {tuple(each) for each in document["manifest"]["events_gone"]}
    for organization, event in sorted(linked - there - gone):
        yield f"event {organization}/{event} is linked to the case and is not in the file"


def _packs(policies: Sequence[Document]) -> Iterator[str]:
    """Sources are those of the pack that decided."""
    for each in policies:
        for path, text in each["files"].items():
            if hashlib.sha256(text.encode()).hexdigest() != each["digests"].get(path):
                yield f"{path} of pack {each['pack_hash']} was altered"
        if each["whole"] and pack_hash(each["files"]) != each["pack_hash"]:
            yield f"the files of pack {each['pack_hash']} give another hash"


def _bytes(content: bytes, document: Document) -> Iterator[str]:
    """A bundle has one way to be written; nothing can be changed that means nothing."""
    should = canonical(document)
    if content != should:
        at = next((place for place, (is_, ought) in enumerate(zip(content, should, strict=False)) if is_ != ought), min(len(content), len(should)))
        yield f"the file is not as it was written: byte {at} differs"
