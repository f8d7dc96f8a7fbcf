"""Checks of the policy pack: it loads, covers today, and is read by compiled loops."""

from collections.abc import Iterator
from datetime import UTC, datetime

from streams.doctor.finding import Finding, fail, ok, warn
from streams.policy.loops.compiled import library
from streams.policy.pack import Pack, PackError
from streams.settings import Settings


def check_pack(settings: Settings) -> Iterator[Finding]:
    """The pack checks, and which revision is in force now."""
    try:
        pack = Pack.load(settings.policy.pack)
    except PackError as error:
        first = error.problems[0]
        yield fail("policy pack", f"{len(error.problems)} problems, the first: {first}", "plumbline policy check")
        return
    now = datetime.now(UTC)
    yield ok("policy pack", f"{pack.hash}: {len(pack.detectors)} categories, revision {pack.revision_at(now).id} in force")
    yield from _lapsed(pack, now)
    yield _loops()


def _lapsed(pack: Pack, now: datetime) -> Iterator[Finding]:
    for allowance in pack.revision_at(now).allowances:
        if allowance.expires <= now:
            yield warn("policy pack", f"allowance {allowance.id} of {allowance.owner} has expired", "renew or remove it: plumbline policy check")


def _loops() -> Finding:
    """The same verdicts either way; the speed differs."""
    if library() is None:
        return warn("compiled loops", "none: numpy reads texts, slower", "apt-get install gcc, then install Plumbline again")
    return ok("compiled loops", "in use")
