"""The three incidents, dated back from the end of the history."""

from collections.abc import Callable
from random import Random

from streams.demo.content import Group, Incident
from streams.demo.organizations import Organization
from streams.demo.rhythm import hour_of_week, weekly_curve
from streams.demo.traffic import BY_SENDING, Generated, Traffic

DAY_S = 86_400
_TRIES = 6  # to hit the organization's waking hours
_WEDNESDAY = 48  # an incident knows no weekend


def incidents(traffic: Traffic, now_s: float) -> list[Generated]:
    """All events of all incidents before `now_s`, in order of time."""
    found = [event for incident in traffic.library.incidents for event in _events(traffic, incident, now_s)]
    return sorted(found, key=BY_SENDING)


def _events(traffic: Traffic, incident: Incident, now_s: float) -> list[Generated]:
    random, group = traffic.random("incident", incident.id), Group(incident.category, {"en": incident.texts}, {"": "violation"})
    events = []
    for number in range(incident.events):
        organization = traffic.by_id[incident.organizations[number % len(incident.organizations)]]
        if incident.shape == "burst":  # nothing around it: only the text is the same everywhere
            request = traffic.composer.plain(random, organization, group, incident.texts[0])
        else:
            request = traffic.composer.touching(random, organization, group)
        moment = _moment(random, incident, organization, now_s)
        events.append(traffic.event(request, moment, moment, ("incident", incident.id, round(now_s), number), incident.id))
    return events


def _moment(random: Random, incident: Incident, organization: Organization, now_s: float) -> float:
    """By the incident's shape, and mostly when people are awake; within hours there is no choice."""
    draw, curve = _SHAPES[incident.shape], weekly_curve(organization.rhythm, organization.utc_offset_h)
    for _ in range(_TRIES):
        moment = now_s - draw(random, incident) * DAY_S
        if incident.shape == "burst" or random.random() * 2 < curve[_WEDNESDAY + hour_of_week(moment) % 24]:
            break
    return moment


def _surge(random: Random, incident: Incident) -> float:
    """Days before the end: rising to the peak, then falling."""
    return random.triangular(incident.to_days, incident.from_days, incident.peak_days)


def _growth(random: Random, incident: Incident) -> float:
    """More each day."""
    return incident.from_days - (incident.from_days - incident.to_days) * random.random() ** 0.6


def _burst(random: Random, incident: Incident) -> float:
    """Within hours."""
    return random.uniform(incident.to_days, incident.from_days)


_SHAPES: dict[str, Callable[[Random, Incident], float]] = {"surge": _surge, "growth": _growth, "burst": _burst}
