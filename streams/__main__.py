"""`python -m streams`: the command line without its script."""

from streams.cli import main

main()
