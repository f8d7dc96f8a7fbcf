"""Traffic over time: who sends what when. A pure function of the settings, the pace and the number of the period; the clock is the caller's."""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from hashlib import blake2b
from heapq import heappop, heappush
from itertools import accumulate
from operator import attrgetter
from random import Random
from typing import NamedTuple

from streams.demo.composing import Composer, Request
from streams.demo.content import Group, Library, load_library
from streams.demo.content.library import NO_TAG
from streams.demo.malformed import broken
from streams.demo.organizations import Organization, make_organizations
from streams.demo.rhythm import hour_of_week, weekly_curve, weekly_totals
from streams.demo.sources import encoded, own_json, report
from streams.settings import DemoSettings

DUPLICATE, LATE, MALFORMED = 0.01, 0.015, 0.002  # shares of all events
_ID_PREFIX = {"anthropic.messages": "msg_", "openai.chat": "chatcmpl-", "otel.log": "resp_"}
_DUPLICATE_WITHIN_S, _LATE_WITHIN_S = 600, 30 * 3_600


class Form(StrEnum):
    """What became of an event on its way."""

    ONCE = "once"
    DUPLICATE = "duplicate"  # sent a second time, byte by byte
    LATE = "late"  # dated up to 30 hours before it is sent
    MALFORMED = "malformed"  # what arrives is no event


class Generated(NamedTuple):
    """One record to send. Times in seconds since 1970; `group` says which category it touches and what is right to say of it."""

    sent_s: float
    occurred_s: float
    organization_id: str
    event_id: str
    value: bytes
    form: Form
    group: Group | None = None
    incident: str = ""


BY_SENDING = attrgetter("sent_s")


class Pace(NamedTuple):
    """How much comes in, on average over a week; `name` keeps the ids of two paces apart."""

    name: str
    period_s: int
    events_per_s: float
    violations_per_s: float


class Traffic:
    """The organizations of one seed, and what they send."""

    def __init__(self, demo: DemoSettings, library: Library | None = None) -> None:
        self.library = library or load_library()
        self.composer = Composer(self.library)
        self.organizations = make_organizations(self.library.organizations, seed=demo.seed, count=demo.organizations)
        self.by_id = {each.id: each for each in self.organizations}
        self._scope = f"{demo.seed}/{demo.organizations}/{demo.events_per_day}"  # what is sent depends on all of these, so the ids do as well
        volumes = [each.volume for each in self.organizations]
        curves = [weekly_curve(each.rhythm, each.utc_offset_h) for each in self.organizations]
        self.weekly = weekly_totals(curves, volumes)
        self._upto = [list(accumulate(volume * curve[hour] for volume, curve in zip(volumes, curves, strict=True))) for hour in range(len(curves[0]))]
        self._violations = _Violations(self.library, self.organizations)

    def random(self, *names: object) -> Random:
        """Chance that is the same whenever the same thing is asked for."""
        return Random(f"{self._scope} {names}")

    def period(self, pace: Pace, index: int) -> list[Generated]:
        """All that is sent from `index * pace.period_s` on, for one period, in order of sending."""
        random, start = self.random(pace.name, index), index * pace.period_s
        hour = hour_of_week(start)
        factor, upto = self.weekly[hour], self._upto[hour]
        sent: list[Generated] = []
        for number in range(_poisson(random, (pace.events_per_s - pace.violations_per_s) * pace.period_s * factor)):
            organization = self.organizations[bisect(upto, random.random() * upto[-1])]
            request = self.composer.ordinary(random, organization)
            self._send(sent, random, request, start + random.random() * pace.period_s, (pace.name, index, number))
        for number in range(_poisson(random, pace.violations_per_s * pace.period_s * factor)):
            organization, group = self._violations.draw(random)
            request = self.composer.touching(random, organization, group)
            self._send(sent, random, request, start + random.random() * pace.period_s, (pace.name, index, -1 - number))
        return sorted(sent, key=BY_SENDING)

    def in_order(self, pace: Pace, indexes: Iterable[int]) -> Iterator[Generated]:
        """The events of these periods in order of sending; what a period sends later than its end waits for the next ones."""
        pending: list[tuple[float, str, Generated]] = []
        for index in indexes:
            for event in self.period(pace, index):
                heappush(pending, (event.sent_s, event.event_id, event))
            while pending and pending[0][0] < (index + 1) * pace.period_s:
                yield heappop(pending)[2]

    def _send(self, sent: list[Generated], random: Random, request: Request, moment: float, ordinal: tuple[object, ...]) -> None:
        """Add the event in the form that chance gives it."""
        draw = random.random()
        if draw < MALFORMED:
            event_id = self.event_id(request.organization, ordinal)
            value = broken(random, own_json(request, event_id, round(moment, 3)))
            sent.append(Generated(moment, moment, request.organization.id, event_id, value, Form.MALFORMED))
        elif draw < MALFORMED + DUPLICATE:
            first = self.event(request, moment, moment, ordinal)
            again = moment + random.random() * _DUPLICATE_WITHIN_S
            sent += [first, first._replace(sent_s=again, form=Form.DUPLICATE)]
        elif draw < MALFORMED + DUPLICATE + LATE:
            sent.append(self.event(request, moment, moment - 600 - random.random() * _LATE_WITHIN_S, ordinal)._replace(form=Form.LATE))
        else:
            sent.append(self.event(request, moment, moment, ordinal))

    def event(self, request: Request, sent_s: float, occurred_s: float, ordinal: tuple[object, ...], incident: str = "") -> Generated:
        """A request as its organization's gateway reports it."""
        organization, occurred_s = request.organization, round(occurred_s, 3)
        event_id = self.event_id(organization, ordinal)
        value = encoded(report(request, event_id, occurred_s))
        return Generated(sent_s, occurred_s, organization.id, event_id, value, Form.ONCE, request.group, incident)

    def event_id(self, organization: Organization, ordinal: tuple[object, ...]) -> str:
        """The same for the same settings, organization and ordinal."""
        return _ID_PREFIX.get(organization.source, "") + blake2b(f"{self._scope} {organization.id} {ordinal}".encode(), digest_size=12).hexdigest()


class _Violations:
    """Which category comes up, in which words, and who says them: mostly the same few organizations."""

    def __init__(self, library: Library, organizations: Sequence[Organization]) -> None:
        self._groups: list[Group] = []
        self._senders: list[tuple[list[Organization], list[float]]] = []
        weights: list[float] = []
        for each in library.violations:
            groups = [group for group in each.groups if group.today() != NO_TAG]
            for group in groups:
                self._groups.append(group)
                self._senders.append(_senders(group, library, organizations))
                weights.append(each.weight * group.size() / sum(one.size() for one in groups))
        self._upto = list(accumulate(weights))

    def draw(self, random: Random) -> tuple[Organization, Group]:
        at = bisect(self._upto, random.random() * self._upto[-1])
        senders, upto = self._senders[at]
        return senders[bisect(upto, random.random() * upto[-1])], self._groups[at]


def _senders(group: Group, library: Library, organizations: Sequence[Organization]) -> tuple[list[Organization], list[float]]:
    """Those who send a group's texts, in an order of the category's own, and cumulative weights that fall with their rank."""
    apart = library.incident_organizations()  # an incident stands out from what was before it
    senders = [each for each in organizations if each.id in group.organizations or (each.kind in group.kinds and each.id not in apart)]
    senders.sort(key=lambda each: blake2b(f"{group.category} {each.id}".encode()).digest())
    return senders, list(accumulate((rank + 1) ** -1.6 for rank in range(len(senders))))


def _poisson(random: Random, mean: float) -> int:
    """A count with this mean."""
    if mean > 60:
        return max(0, round(random.gauss(mean, mean**0.5)))
    count, product, limit = 0, random.random(), 2.718281828459045**-mean
    while product > limit:
        count, product = count + 1, product * random.random()
    return count
