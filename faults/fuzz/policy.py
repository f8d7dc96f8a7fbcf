"""What an operator writes: patterns, and whole packs in their folder."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from shutil import copytree
from tempfile import TemporaryDirectory

from faults.fuzz.cases import Broken, Case, must
from faults.fuzz.mutation import damaged_bytes, damaged_text
from faults.fuzz.reading import TINY
from schemas import UsageEvent
from streams.policy import Auditor, Pack
from streams.policy.anchors import telling
from streams.policy.pack import PackError
from streams.policy.prefilter import Plan
from streams.policy.reading import Reading
from streams.policy.regex import PatternError
from streams.policy.scannable import scannable
from streams.policy.surroundings import compiled
from streams.policy.translate import translate

LISTS = {"fruit": ["apple*", "pear tree", "(red | green)? plum"], "loop": ["a {loop} b"], "many": [f"word{number} and more*" for number in range(50)]}
ATOMS = [
    "a", "vote", "vot*", "*", "?", "|", "(", ")", "(a | b)", "()", "<5>", "<31>", "<0>", "<x>", "{fruit}", "{loop}", "{many}", "{none}", "/a{64}/",
    "/(?:a{64}){64}/", "/a*/", "/(a+)+/", "/[^a]{64}/", "/[]/", "/\\d{3}/", "/\\w{9}/", "/\\1/", "/(?=a)/", "/a|/", "//", "/", "\\", "[", "é", "ß",
    "İ", "審査", "ไทย", "😀", "-", "'", "c++", "x" * 500, "٣", "/a{٣}/", "/a{2}{3}/", "&&", "ﬁ", "ǆ", "\u0345", "\u200d",
]  # fmt: skip
SAID = "vote a b c apple trees, green plum word7 and more aaa 123 é審査 ไทย x-ray don't"
EVENT = UsageEvent.model_validate(
    {"event_id": "e", "organization_id": "o", "occurred_at": "2026-01-15T09:30:00Z", "text": "Please track my ex by her phone"}
)
SEARCHED_EACH, AUDITED_EACH = 20, 20


@contextmanager
def patterns() -> Iterator[Case]:
    """A pattern is refused with a reason, or its prefilter names it for every text that it matches."""
    pack = Pack.load(None)
    known = [pattern for detector in pack.detectors.values() for rule in detector.rules for pattern in rule.any]
    lists = {**LISTS, **pack.shared.lists}
    parts = [atom.encode() for atom in ATOMS]

    def case(chance: Random) -> str:
        if chance.random() < 0.5:
            pattern = damaged_text(chance, chance.choice(known), parts)
        else:
            pattern = "".join(chance.choice(ATOMS) + chance.choice(("", " ")) for _ in range(chance.randint(1, 5)))
        try:
            expression = translate(pattern, lists)
        except PatternError as error:
            must(8 < len(str(error)) < 400, f"a reason that tells nothing: {error}", pattern)
            return "refused"
        except Exception as error:
            raise Broken(f"{type(error).__name__}: {error}", pattern) from error
        if chance.randrange(SEARCHED_EACH) == 0:
            text = damaged_text(chance, pattern + " " + SAID)
            plan = Plan([telling(expression.anchors)])
            named = plan.always or plan.candidates(Reading([[("text", text)]]))
            must(named or not compiled(expression).search(scannable(text)), f"not looked for in {text!r}", pattern)
        return "admitted"

    yield case


@contextmanager
def packs() -> Iterator[Case]:
    """A pack's folder is refused with the places of what is wrong, or it judges."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "pack"
        copytree(TINY, home)
        whole = {path: path.read_bytes() for path in sorted(home.rglob("*.toml"))}
        others = list(whole.values())

        def case(chance: Random) -> str:
            path = chance.choice(list(whole))
            content = damaged_bytes(chance, whole[path], others)
            _replace(path, content)
            try:
                return _load(chance, home, path.relative_to(home).as_posix(), content)
            finally:
                _replace(path, whole[path])

        yield case


def _replace(path: Path, content: bytes) -> None:
    """As a new file: one that is cut and written again is flushed to the disk when it is closed."""
    path.unlink()
    path.write_bytes(content)


def _load(chance: Random, home: Path, name: str, content: bytes) -> str:
    try:
        pack = Pack.load(home)
        if chance.randrange(AUDITED_EACH) == 0:
            Auditor(pack).audit(EVENT)
    except PackError as error:
        _check_places(error, home, (name, content))
        return "refused"
    except Exception as error:
        raise Broken(f"{type(error).__name__}: {error}", (name, content)) from error
    return "admitted"


def _check_places(error: PackError, home: Path, given: Sequence[object]) -> None:
    """Each problem names a place that there is."""
    must(error.problems, "refused without a problem", given)
    for problem in error.problems:
        file = home / problem.path
        lines = file.read_bytes().decode("utf-8", "replace").count("\n") + 2 if file.is_file() else 1
        must(1 <= problem.line <= lines and problem.column >= 1, f"no such place: {problem}", given)
        must(problem.message, "a problem without a message", given)
