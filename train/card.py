"""The model card, made from the figures of a training."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streams.policy.model import MODEL

_HEAD = """# Model card: the statistical classifier

Made by `make train`; edit `train/card.py`, not this page.

A linear model (support vector machines) over hashed words, beginnings of words, pairs of words, three to five characters of words, and over
concepts: hand-written word lists in ten languages (`schemas/policy/concepts.toml`) and pairs of them; weights of one byte. One output per
category and kind. It scores the beginning and windows of 60 words; the highest counts, and the window is the evidence. Characters are read
only where words and concepts come near a threshold, which loses {lost:.0%} of what would be rightly tagged. Sums are of integers: every
machine gives the same scores.

- Trained on the hand-written corpus in `corpus/`: {texts} rows in {groups} subjects, hash `{corpus}`, seed {seed}. No public data set, no
  pretrained weights.
- Meant as a second layer beside the patterns of the pack. Its scores are 0.5, which tags, to 0.98: the odds grow with the margin
  beyond the threshold as a logistic curve through held-out margins says.
- Thresholds are chosen on held-out subjects for at most {look_alikes:.0%} of a category's own look-alikes and {ordinary:.1%} of the corpus'
  ordinary texts, plus {margin} in margin: real traffic is more varied than any corpus.

## Figures on subjects that were held out ({folds} folds by subject; the model alone, without patterns)

The corpus is harder than traffic on purpose: each violation stands beside look-alikes of the same subject and words.

| Category | Recall | Precision | Look-alikes tagged |
|---|---|---|---|
"""
_TAIL = """
## Known gaps

- Intent without any topical word, and subjects that no row is near to, are missed: recall on unseen subjects is what the table says.
- Languages other than English have fewer rows; where a language has few, it lives on the concepts.
- Long texts are read in windows: what needs two distant passages together is missed.
- `high_risk_healthcare` and `high_risk_legal` have one output each: no revision tells their kinds apart.
"""


def write_card(pack_folder: Path, docs: Path, facts: Mapping[str, Any]) -> Path:
    """Write the page from the model file's header and the facts of its training."""
    header = tomllib.loads((pack_folder / MODEL).read_text(encoding="utf-8").partition("\n---\n")[0])
    figures = json.loads(header["figures"])
    overall = figures.pop("overall")
    tables = {name: figures.pop(f"recall_by_{name}") for name in ("lang", "shape")}
    lines = [f"| {name} | {each['recall']} | {each['precision']} | {each['look_alikes_tagged']} |" for name, each in figures.items()]
    lines += [
        f"| all | {overall['macro_recall']} (macro) | | {overall['look_alikes_tagged']} |",
        "",
        f"Ordinary texts tagged: {overall['ordinary_tagged']}.",
    ]
    for name, title in (("lang", "Language"), ("shape", "Shape")):
        lines += ["", f"| {title} | Recall |", "|---|---|", *(f"| {key} | {value} |" for key, value in tables[name].items())]
    path = docs / "model-card.md"
    path.write_text(_HEAD.format(**header, **facts) + "\n".join(lines) + "\n" + _TAIL, encoding="utf-8")
    return path
