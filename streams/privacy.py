"""Pseudonyms: keyed hashes of ids and texts, and the key they need.

A plain hash of a user id can be reversed by hashing every likely id (ENISA, Pseudonymisation techniques, 2019), so all hashes here are keyed:
HMAC-SHA256, cut to 64 bits because ClickHouse counts and joins UInt64 at a quarter of the cost of 32 bytes. The organization is part of the
message, so that the same user id of two organizations cannot be linked.
"""

import hmac
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256
from pathlib import Path

from streams.errors import ConfigurationError
from streams.settings import Settings

KEY_BYTES = 32


@dataclass(frozen=True, repr=False)
class HashKey:
    """The secret of all pseudonyms, with the version that is stored beside each hash."""

    secret: bytes
    version: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "_text_key", sha256(b"plumbline text" + self.secret).digest())
        object.__setattr__(self, "of_id", lru_cache(maxsize=100_000)(self._of_id))

    def __reduce__(self) -> tuple:
        return HashKey, (self.secret, self.version)

    def _of_id(self, organization_id: str, value: str | None) -> int:
        """64-bit pseudonym of an id within its organization; 0 for None."""
        if value is None:
            return 0
        message = f"{organization_id}\0{value}".encode()
        return int.from_bytes(hmac.digest(self.secret, message, "sha256")[:8], "big") or 1

    @property
    def fingerprint(self) -> str:
        """Tells keys apart and gives none away (hex)."""
        return hmac.new(self._text_key, b"plumbline fingerprint", "sha256").hexdigest()[:16]

    def of_bytes(self, *parts: bytes) -> int:
        """64-bit keyed hash of byte strings (each with its length, so that shifting a boundary changes the hash); 0 never comes out."""
        digest = blake2b(digest_size=8, key=self._text_key)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return int.from_bytes(digest.digest(), "big") or 1

    def of_input(self, payload: bytes) -> str:
        """Keyed SHA-256 (hex) of a dead letter's bytes: equal inputs are seen to be equal, a guess cannot be confirmed without the key."""
        return hmac.new(self._text_key, payload, "sha256").hexdigest()


def load_key(settings: Settings) -> HashKey:
    """The key from the settings, else from `data_dir/hash.key`, made there at first use and readable by its owner only.

    Raises:
        ConfigurationError: the key is not 32 bytes of hex, or others can read the file.
    """
    configured = settings.privacy.key.get_secret_value()
    if configured:
        return HashKey(_from_hex(configured, "setting privacy.key"), settings.privacy.key_version)
    path = settings.data_dir / "hash.key"
    if not path.exists():
        make_secret(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode())
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(f"others can read the hash key {path}", cause="its mode is not 0600", command=f"chmod 600 {path}")
    return HashKey(_from_hex(path.read_text().strip(), str(path)), settings.privacy.key_version)


def make_secret(path: Path, content: bytes) -> None:
    """Write a new key's file in one step, for its owner only: of several processes that start at once, one wins and all read the same key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_bytes(content)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _from_hex(text: str, where: str) -> bytes:
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) < KEY_BYTES:
        command = 'python3 -c "import secrets; print(secrets.token_hex(32))"'
        raise ConfigurationError(f"the hash key in {where} is not {KEY_BYTES} bytes of hex", cause="it was cut or typed by hand", command=command)
    return secret
