"""The organizations: deterministic, of every kind, a few of them large."""

from streams.demo.content import load_library
from streams.demo.organizations import Organization, make_organizations


def made(seed: int = 1, count: int = 100) -> tuple[Organization, ...]:
    return make_organizations(load_library().organizations, seed=seed, count=count)


def test_one_seed_makes_the_same_organizations_and_another_does_not() -> None:
    assert made() == made()
    assert made() != made(seed=2)


def test_there_are_as_many_as_asked_for_each_with_its_own_name() -> None:
    for count in (50, 100, 1_000):
        names = [each.id for each in made(count=count)]
        assert len(names) == len(set(names)) == count
        assert all(name.startswith("org-") for name in names)


def test_every_kind_is_there_also_in_the_smallest_demonstration() -> None:
    assert {each.kind for each in made(count=50)} == {kind["id"] for kind in load_library().organizations["kinds"]}


def test_a_tenth_of_the_organizations_sends_about_half_of_everything() -> None:
    volumes = sorted((each.volume for each in made()), reverse=True)
    assert 0.3 < sum(volumes[:10]) / sum(volumes) < 0.8


def test_an_organization_has_people_keys_and_a_country() -> None:
    for each in made():
        assert each.users >= 1
        assert 1 <= each.api_keys <= max(1, each.users) + 1
        assert len(each.country) == 2


def test_the_police_in_the_demonstration_is_american_but_for_one() -> None:
    police = {each.id: each.country for each in made() if each.organization_type == "law_enforcement"}
    assert {name for name, country in police.items() if country != "US"} == {"org-northgate-constabulary"}
