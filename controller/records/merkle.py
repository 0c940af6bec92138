"""The tree over all rows of a journal (RFC 6962): one root stands for every row, a short path shows that a row is one of them.

One rule: leaves are salted. Whoever gets some rows learns nothing of the others: without the salt even a guessed row can not be
compared with its leaf. The salt comes from the site's key and the row, so the same journal has the same root at every export.
"""

import hashlib
import hmac
from collections.abc import Iterable

from controller.records.verify_export import EMPTY, leaf_of, node_of

HASH_BYTES = 32
SALT_BYTES = 16


def salt_of(salting_key: bytes, row_hash: bytes) -> bytes:
    return hmac.digest(salting_key, b"xiyong-leaf/1\0" + row_hash, hashlib.sha256)[:SALT_BYTES]


class Tree:
    """All levels, 32 bytes a node: 64 bytes a row in memory."""

    def __init__(self, row_hashes: Iterable[bytes], salting_key: bytes) -> None:
        leaves = bytearray()
        for row_hash in row_hashes:
            leaves += leaf_of(salt_of(salting_key, row_hash), row_hash)
        self._levels = [leaves]
        while len(self._levels[-1]) > HASH_BYTES:
            self._levels.append(_above(self._levels[-1]))

    @property
    def size(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    @property
    def root(self) -> bytes:
        return bytes(self._levels[-1]) or EMPTY

    def leaf(self, index: int) -> bytes:
        return _node(self._levels[0], index)

    def path(self, index: int) -> list[bytes]:
        """The nodes beside the way from this leaf to the root."""
        found: list[bytes] = []
        for level in self._levels[:-1]:
            beside = index ^ 1
            if beside * HASH_BYTES < len(level):
                found.append(_node(level, beside))
            index //= 2
        return found


def _node(level: bytearray, index: int) -> bytes:
    return bytes(level[index * HASH_BYTES : (index + 1) * HASH_BYTES])


def _above(level: bytearray) -> bytearray:
    """One level up; a node without a neighbour goes up as it is."""
    found = bytearray()
    for at in range(0, len(level), 2 * HASH_BYTES):
        left, right = bytes(level[at : at + HASH_BYTES]), bytes(level[at + HASH_BYTES : at + 2 * HASH_BYTES])
        found += node_of(left, right) if right else left
    return found
