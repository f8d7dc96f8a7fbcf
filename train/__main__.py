"""`make train`: corpus in, model file out. One core, a few minutes, the same bytes for the same corpus."""

import argparse
import sys
import time
from pathlib import Path

from train.trainer import Settings, train


def main() -> int:
    """Train, write the model file, print the figures."""
    parser = argparse.ArgumentParser(prog="python -m train", description="Train the text classifier from the corpus.")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"), help="folder of the corpus")
    parser.add_argument("--pack", type=Path, default=Path("schemas/policy"), help="pack whose concepts are used and whose model is written")
    parser.add_argument("--folds", type=int, default=Settings.folds, help="folds of the validation by group")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder of the model card")
    options = parser.parse_args()
    begun = time.monotonic()
    for line in train(options.corpus, options.pack, Settings(folds=options.folds), docs=options.docs):
        sys.stderr.write(f"[{time.monotonic() - begun:5.0f} s] {line}\n")
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
