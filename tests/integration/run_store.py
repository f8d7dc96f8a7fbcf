"""Runs a store on the folder given: the tests' own start, apart from the command line."""

import sys
from pathlib import Path

from streams.errors import PlumblineError
from streams.settings import load_settings
from streams.store.process import run_store

try:
    run_store(load_settings(data_dir=Path(sys.argv[1])), exit_with_parent=True)
except PlumblineError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(error.exit_code)
