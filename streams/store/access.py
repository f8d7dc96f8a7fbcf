"""Who may use the store: whoever has its token, given as a bearer token, a password (basic or in ClickHouse's headers) or in the URL."""

import base64
import binascii
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from streams.errors import ConfigurationError


def token_in(folder: Path, name: str = "token") -> str:
    """The token in a file of the store's folder, made at first start, readable by its owner only.

    Raises:
        ConfigurationError: the file is there and cannot be read.
    """
    path = folder / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ConfigurationError(f"the token {path} cannot be read", cause=str(error), command=f"ls -l {path}") from error
    fresh, part = secrets.token_urlsafe(32), folder / f".{name}.{os.getpid()}"
    with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(fresh + "\n")
    part.replace(path)
    return fresh


def given_secret(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """The secret that a request brings, or an empty string."""
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return headers.get("X-ClickHouse-Key", "") or query.get("password", "")


def matches(given: str, token: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode(), token.encode())
