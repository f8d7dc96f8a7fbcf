"""One request: a text in one of several shapes, with the people, model and token counts around it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from streams.demo.content import Group, Library, Template, Topic
from streams.demo.content.library import NO_TAG, Templates
from streams.demo.organizations import Organization

_HOME_LANGUAGE = 0.7  # of the requests of an organization whose language is not English
_NEAR_MISS, _REFUSED, _ANSWERED = 0.05, 0.45, 0.7
_ANY_TASK = {"task": "respond", "format": "text"}
_CHARACTERS_PER_TOKEN = 4
_PLAIN, _SYSTEM, _TURNS = 0.36, 0.66, 0.88  # cumulative: one text, system prompt and text, several turns, the rest JSON tasks


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked and answered. `turns` are (role, text); `text` is set instead for a single one without a system prompt."""

    organization: Organization
    user: str
    api_key: str
    conversation: str
    model: str
    context: Mapping[str, Any]
    text: str = ""
    system: str = ""
    turns: tuple[tuple[str, str], ...] = ()
    output: str = ""
    group: Group | None = field(default=None)  # the category that it touches, and what is right to say of it

    def usage(self) -> tuple[int, int]:
        """Input and output tokens, about as a tokenizer would count them."""
        asked = len(self.text) + len(self.system) + sum(len(text) for _, text in self.turns)
        return 8 + asked // _CHARACTERS_PER_TOKEN, len(self.output) // _CHARACTERS_PER_TOKEN + 3


class Composer:
    """Makes requests of the library's texts."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._filled: dict[tuple[str, str], tuple[str, ...]] = {}
        self._near: dict[str, list[Group]] = {}
        for group in [*library.near_misses, *_free_now(library)]:
            for kind in group.kinds:
                self._near.setdefault(kind, []).append(group)

    def ordinary(self, random: Random, organization: Organization) -> Request:
        """What the organization asks for day by day; now and then something that resembles a violation and is none."""
        near = self._near.get(organization.kind)
        if near and random.random() < _NEAR_MISS:
            return self.touching(random, organization, _any(random, near))
        topic = self._library.topics[_pick(random, organization.topics)]
        language = _language(random, topic.requests, organization)
        text = _any(random, topic.requests[language]).fill(random)
        answer = self._answer(random, self._library.answers, language) if random.random() < _ANSWERED else ""
        return self._shaped(random, organization, topic, language, text, answer, None)

    def touching(self, random: Random, organization: Organization, group: Group) -> Request:
        """A request of a group's texts."""
        language = _language(random, group.texts, organization)
        text = _any(random, group.texts[language]).fill(random)
        refused = group.today() == "violation" and random.random() < _REFUSED
        answer = self._answer(random, self._library.refusals, language) if refused else ""
        topic = self._library.topics[_pick(random, organization.topics)] if organization.topics else None
        return self._shaped(random, organization, topic, language, text, answer, group)

    def plain(self, random: Random, organization: Organization, group: Group, template: Template) -> Request:
        """One text and nothing around it."""
        return self._request(random, organization, group, text=template.fill(random))

    def _shaped(
        self, random: Random, organization: Organization, topic: Topic | None, language: str, text: str, answer: str, group: Group | None
    ) -> Request:
        draw = random.random()
        if topic is None or draw < _PLAIN:
            return self._request(random, organization, group, text=text, output=answer)
        if draw >= _TURNS and topic.tasks:
            task = {**(_any(random, topic.tasks) if group is None else _ANY_TASK), "input": text}
            return self._request(random, organization, group, text=json.dumps(task, ensure_ascii=False), output=answer)
        system = _any(random, self._systems(organization, topic))
        if draw < _SYSTEM:
            return self._request(random, organization, group, system=system, turns=(("user", text),), output=answer)
        between = ("assistant", self._answer(random, self._library.answers, language))
        if group is None:
            turns = (("user", text), between, ("user", self._answer(random, topic.followups, language)))
        else:  # it began with something harmless
            first = topic.requests.get(language, topic.requests["en"])
            turns = (("user", _any(random, first).fill(random)), between, ("user", text))
        return self._request(random, organization, group, system=system, turns=turns, output=answer)

    def _answer(self, random: Random, texts: Mapping[str, Templates], language: str) -> str:
        return _any(random, texts.get(language, texts["en"])).fill(random)

    def _systems(self, organization: Organization, topic: Topic) -> tuple[str, ...]:
        """An organization's system prompts name the organization and do not change."""
        place = organization.id, topic.id
        if place not in self._filled:
            slots = {**self._library.slots, "company": (organization.name,)}
            self._filled[place] = tuple(Template(text, slots).fill(Random(f"{place} {text}")) for text in topic.systems)
        return self._filled[place]

    def _request(self, random: Random, organization: Organization, group: Group | None, **content: Any) -> Request:
        touched = group is not None and group.today() != NO_TAG
        # Who breaks rules is seldom a random person: a few people of an organization come up again and again.
        user = int(organization.users * random.random() ** (7 if touched else 2.2))
        context = organization.context()
        if group is not None and group.context:
            context |= group.context
        return Request(
            organization=organization,
            user=f"u-{user:05d}",
            api_key=f"key-{1 + user % organization.api_keys}",
            conversation=f"c-{random.getrandbits(48):012x}" if len(content.get("turns", ())) > 1 else "",
            model=_pick(random, organization.models),
            context=context,
            group=group,
            **content,
        )


def _free_now(library: Library) -> list[Group]:
    """Groups that the newest revision frees: today they are ordinary requests that only look like violations."""
    return [group for each in library.violations for group in each.groups if group.today() == NO_TAG]


def _pick(random: Random, cumulative: tuple[tuple[str, float], ...]) -> str:
    draw = random.random()
    for name, upto in cumulative:
        if draw < upto:
            return name
    return cumulative[-1][0]


def _any(random: Random, values: Any) -> Any:
    return values[int(random.random() * len(values))]


def _language(random: Random, texts: Mapping[str, Templates], organization: Organization) -> str:
    """Mostly the organization's own where there are such texts, else English."""
    own = organization.language
    return own if own in texts and random.random() < _HOME_LANGUAGE else "en"
