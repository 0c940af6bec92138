"""Passwords, PINs and tokens: how they are made, kept and compared.

One rule: a secret is kept as its argon2id hash alone, and a wrong account costs as much time as a wrong secret. A badge
number is a name that can be copied, never a proof; a PIN counts only together with a badge.
"""

import hashlib
import re
import secrets
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSWORD_LEAST, PIN_LEAST, LONGEST = 10, 8, 128


class Proofs:
    """argon2id with the library's parameters (RFC 9106, low memory) unless a test asks for cheaper ones. Blocks."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash("what nobody has")

    def kept(self, secret: str) -> str:
        return self._hasher.hash(secret)

    def matches(self, kept: str, secret: str) -> bool:
        """Whether the secret is the kept one. Without a kept one the same work is done, and the answer is no."""
        try:
            self._hasher.verify(kept or self._nobody, secret)
        except (VerificationError, InvalidHashError):
            return False
        return bool(kept)


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """How a random token of 128 bits or more is kept: it needs no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def password_weak(password: str, account: str) -> bool:
    """Length above all (ASVS 6.2.1); the account in it, or hardly any different characters, is no password."""
    return not PASSWORD_LEAST <= len(password) <= LONGEST or account in password.lower() or len(set(password)) < 5


def pin_weak(pin: str) -> bool:
    """Digits only, from the keypad: eight, because a PIN counts as a password; no run and no single digit."""
    if not re.fullmatch(rf"[0-9]{{{PIN_LEAST},{LONGEST}}}", pin):
        return True
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return len(steps) == 1
