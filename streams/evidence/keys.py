"""The key that seals: Ed25519, in the data folder, readable by its owner only. Its public half is what others verify with."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from streams.errors import ConfigurationError, UsageError
from streams.privacy import make_secret
from streams.settings import Settings

FILE = "evidence.key"


@dataclass(frozen=True)
class PublicKey:
    """Verifies."""

    key: Ed25519PublicKey

    @property
    def id(self) -> str:
        """16 hexadecimal characters that name the key."""
        return sha256(self.key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]

    @property
    def pem(self) -> str:
        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @classmethod
    def read(cls, path: Path) -> Self:
        """
        Raises:
            UsageError: the file is not there, or holds no such key.
        """
        try:
            key = load_pem_public_key(path.read_bytes())
        except (OSError, ValueError) as error:
            raise UsageError(f"{path} is no public key", cause=str(error), command="plumbline evidence key --out evidence.pub") from error
        if not isinstance(key, Ed25519PublicKey):
            raise UsageError(
                f"{path} is a public key of another kind", cause="seals are Ed25519", command="plumbline evidence key --out evidence.pub"
            )
        return cls(key)

    def verifies(self, signature: str, message: bytes) -> bool:
        """Whether a signature (hex) is this key's."""
        try:
            self.key.verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, repr=False)
class SealingKey:
    """Signs."""

    key: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.key.public_key())

    def sign(self, message: bytes) -> str:
        return self.key.sign(message).hex()


def load_sealing_key(settings: Settings) -> SealingKey:
    """The key of the settings' data folder, made there at first use.

    Raises:
        ConfigurationError: others can read it, or it is no such key.
    """
    path = settings.evidence.key_file or settings.data_dir / FILE
    if not path.exists():
        make_secret(path, Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(f"others can read the sealing key {path}", cause="its mode is not 0600", command=f"chmod 600 {path}")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{path} is no private key", cause=str(error), command="restore it from where you keep keys") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} is a key of another kind", cause="seals are Ed25519", command="openssl genpkey -algorithm ed25519")
    return SealingKey(key)
