"""What proves one line to another when their consoles ask each other for the pool: a secret that all lines of a site share.

One rule: it opens one question and nothing else: it is no session, no role and no person. The secret itself never leaves its
machine; what is sent follows from it and from the name of the line that is asked, so that a line which hears it can ask no other.
"""

import hashlib
import hmac
import logging

from controller.console.sessions import same
from controller.records.secret_files import SecretError, read_secret

log = logging.getLogger("xiyong.console")

_PURPOSE = b"xiyong/pool/1\0"


class LineCredential:
    """`secret` as it was read from the file. Its text form never has it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def for_line(self, name: str) -> str:
        """What the line of this name is asked with."""
        return hmac.new(self._secret, _PURPOSE + name.encode(), hashlib.sha256).hexdigest()

    def opens(self, name: str, given: str) -> bool:
        """Whether whoever gives this may ask the line of this name; compared in a time that does not tell where it differs."""
        return same(given, self.for_line(name))


def read_credential(secret_file: str) -> LineCredential | None:
    """Nothing where none is configured or the file can not be used, which is logged: then nobody is asked and nobody is told."""
    if not secret_file:
        return None
    try:
        return LineCredential(read_secret(secret_file, "console.lines_secret_file"))
    except SecretError as error:
        log.error("[console] lines_secret_file: %s", error)
        return None
