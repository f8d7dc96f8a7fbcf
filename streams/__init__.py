"""Behaviour of Plumbline, in the order data flows: decode, policy (detect, decide), landing, worker, and what reads the result."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("plumbline")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0.0.0"
