"""The site's signing key (Ed25519, RFC 8032): made once, kept in a file that its owner alone reads, used for exports.

One rule: the private key leaves its file for no log, no message and no export; a file that others may read is refused.

Signing is this module's own code over the arithmetic of `verify_export`, so that neither needs another package; the same key and
signature work with openssl (a test compares them). It takes milliseconds that depend on the key: it signs on the machine that
holds the key, some times a day, where nobody else can measure it.
"""

import base64
import hashlib
import os
import secrets
from pathlib import Path

from controller.records.errors import RecordsError
from controller.records.secret_files import SecretError, SecretOpenError, read_private
from controller.records.verify_export import BASE, ORDER, PEM_PREFIX, point_bytes, point_mul, sha512_number

SEED_BYTES, KEY_FILE_MOST_BYTES = 32, 4096
_PRIVATE_PREFIX = bytes.fromhex("302e020100300506032b657004220420")  # PrivateKeyInfo of RFC 8410
_BEGIN, _END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


class SiteKey:
    """A key that signs. Its text form never has the secret."""

    def __init__(self, seed: bytes) -> None:
        digest = hashlib.sha512(seed).digest()
        self._scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
        self._prefix = digest[32:]
        self._seed = seed
        self.public = point_bytes(point_mul(self._scalar, BASE))

    def __repr__(self) -> str:
        return f"SiteKey(public={self.public.hex()})"

    def sign(self, message: bytes) -> bytes:
        nonce = sha512_number(self._prefix + message)
        commitment = point_bytes(point_mul(nonce, BASE))
        challenge = sha512_number(commitment + self.public + message)
        return commitment + ((nonce + challenge * self._scalar) % ORDER).to_bytes(32, "little")

    def salting_key(self) -> bytes:
        """Another secret that follows from this one, for the salts of leaves."""
        return hashlib.sha256(b"xiyong-salting-key/1\0" + self._seed).digest()

    def public_pem(self) -> str:
        return _pem("PUBLIC KEY", PEM_PREFIX + self.public)

    def private_pem(self) -> str:
        return _pem("PRIVATE KEY", _PRIVATE_PREFIX + self._seed)


def _pem(name: str, der: bytes) -> str:
    return f"-----BEGIN {name}-----\n{base64.b64encode(der).decode()}\n-----END {name}-----\n"


def make_key(path: Path) -> SiteKey:
    """A new key in a new file that its owner alone may read. An existing file is never written over."""
    key = SiteKey(secrets.token_bytes(SEED_BYTES))
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    except FileExistsError as error:
        step = "name a new file: old exports are proven with the old key"
        raise RecordsError("key_exists", f"{path} is there already", step) from error
    except OSError as error:
        raise RecordsError("key_not_written", f"{path}: {error.strerror}", "name a folder that you may write to") from error
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(key.private_pem())
        file.flush()
        os.fsync(file.fileno())
    return key


def load_key(path: Path) -> SiteKey:
    """The key of this file; refused when others could have read it, or when it is no Ed25519 key."""
    try:
        text = read_private(path, KEY_FILE_MOST_BYTES).decode("ascii")
    except SecretOpenError as error:
        step = f"chmod 400 {path}; if somebody may have read it, make a new key"
        raise RecordsError("key_open_to_others", f"others than its owner may read {path}", step) from error
    except (SecretError, UnicodeDecodeError) as error:
        cause = error.cause if isinstance(error, SecretError) else f"{path}: it is no text"
        raise RecordsError("key_unreadable", cause, "xiyong keys make FILE, and name it as [export] key_file") from error
    return SiteKey(_seed_of(text, path))


def _seed_of(text: str, path: Path) -> bytes:
    try:
        der = base64.b64decode("".join(text.partition(_BEGIN)[2].partition(_END)[0].split()), validate=True)
    except ValueError:
        der = b""
    if len(der) != len(_PRIVATE_PREFIX) + SEED_BYTES or not der.startswith(_PRIVATE_PREFIX):
        raise RecordsError("key_wrong", f"{path} holds no Ed25519 key", "make one: xiyong keys make FILE")
    return der[len(_PRIVATE_PREFIX) :]
