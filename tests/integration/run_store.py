"""Runs a store on the folder given: the tests' own start, apart from the command line."""

import sys
from pathlib import Path

from streams import logs
from streams.errors import PlumblineError
from streams.settings import load_settings
from streams.store.process import run_store

settings = load_settings(data_dir=Path(sys.argv[1]))
logs.configure(settings.log, part="store")
try:
    run_store(settings, exit_with_parent=True)
except PlumblineError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(error.exit_code)
