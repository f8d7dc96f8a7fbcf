"""A pack that does not check names every problem with its place and the nearest valid name, and is not loaded."""

import pytest

from streams.policy import Pack, PackError


def problems(files) -> list[str]:
    with pytest.raises(PackError) as caught:
        Pack.from_files(files)
    return [str(problem) for problem in caught.value.problems]


def test_a_good_pack_loads(files):
    assert set(Pack.from_files(files).detectors) == {"fruit", "secret"}


DETECTOR, REVISION = "detectors/fruit.toml", "revisions/second.toml"


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (DETECTOR, "{act}", "{akt}", "detectors/fruit.toml:14:9: pattern '{akt}': there is no list 'akt'; did you mean 'act'?"),
        (DETECTOR, '["question"]', '["qestion"]', "detectors/fruit.toml:6:15: there is no condition 'qestion'; did you mean 'question'?"),
        (DETECTOR, "version = 2", "versoin = 2", "detectors/fruit.toml:10:1: unknown key 'versoin'; did you mean 'version'?"),
        (DETECTOR, 'title = "Fruit"\n', "", "detectors/fruit.toml:1:1: key 'title' is missing"),
        (DETECTOR, 'id = "eat"', 'id = "sell"', "detectors/fruit.toml:18:1: id 'sell' is used twice"),
        (DETECTOR, 'id = "fruit"', 'id = "fruits"', "detectors/fruit.toml:2:1: id 'fruits' and file name 'fruit.toml' differ"),
        (DETECTOR, "score = 0.8", "score = 1.8", "detectors/fruit.toml:12:1: input should be less than or equal to 1"),
        (DETECTOR, "<4>", "<31>", "gap <31> is not between <1> and <30>"),
        (DETECTOR, "fires = [", 'revision = "secnd"\nfires = [', "there is no revision 'secnd'; did you mean 'second'?"),
        (DETECTOR, "[[cases]]", '[[retired]]\nid = "eat"\n[[cases]]', "rule id 'eat' is retired; a new rule needs a new id"),
        (REVISION, 'category = "fruit"', 'category = "friut"', "revisions/second.toml:17:1: there is no detector 'friut'; did you mean 'fruit'?"),
        (REVISION, '["trade"]', '["trades"]', "no rule of 'fruit' has the kind 'trades'; did you mean 'trade'?"),
        (REVISION, '"human_in_the_loop"', '"human_in_loop"', "unknown value 'human_in_loop'; did you mean 'human_in_the_loop'?"),
        (REVISION, 'clause = "second.fruit"', 'clause = "second.friut"', "there is no clause 'second.friut'; did you mean 'second.fruit'?"),
        (REVISION, 'audience = ["business"]', 'audience = ["busines"]', "unknown value 'busines'; did you mean 'business'?"),
        (REVISION, 'audience = ["business"]', 'country = ["@authorities"]', "there is no list '@authorities'"),
        (REVISION, "starts = 2025-01-01", "starts = 2025-01-02", "revision 'second' must start when 'first' ends"),
        (REVISION, "expires = 2025-03-01", "expires = 2025-01-01", "allowance 'second.orchard' expires before it starts"),
        (DETECTOR, "score = 0.8", "score = " + "[" * 1_200 + "]" * 1_200, "detectors/fruit.toml:1:1: not TOML: nested too deeply"),
        (DETECTOR, "score = 0.8", "score = " + "1" * 5_000, "detectors/fruit.toml:1:1: not TOML: exceeds the limit (4300 digits)"),
        (REVISION, "recorded_at = 2024-11-01T00:00:00Z", 'recorded_at = "soon', "revisions/second.toml:5:20: not TOML"),
    ],
)
def test_a_problem_has_its_place_and_the_nearest_name(with_change, path, old, new, expected):
    found = problems(with_change(path, old, new))
    assert any(expected in problem for problem in found), found


def test_all_problems_are_found_at_once(files):
    files["detectors/fruit.toml"] = files["detectors/fruit.toml"].replace("<4>", "<99>").replace("{act}", "{akt}")
    files["revisions/second.toml"] = files["revisions/second.toml"].replace('"second.orchard"', '"second orchard"')
    found = problems(files)
    assert len(found) == 3
    assert found == sorted(found)


def test_a_file_that_does_not_belong_is_named(files):
    assert problems({**files, "detectors/deep/x.toml": ""}) == [
        "detectors/deep/x.toml:1:1: does not belong in a pack (shared.toml, concepts.toml, model.txt, detectors/*.toml, revisions/*.toml)"
    ]


def test_the_hash_names_exactly_this_content(files, with_change):
    pack = Pack.from_files(files)
    assert pack.hash == Pack.from_files(dict(reversed(files.items()))).hash
    assert pack.hash != Pack.from_files(with_change("shared.toml", "write", "draft")).hash
