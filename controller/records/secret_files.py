"""Files that hold a secret: customs' for the draw, the site's for its lines, the key that exports are signed with, the broker's
password.

One rule: a file that others than its owner may read is no secret, and one that can be guessed is none either. What is said of a
file names its fault, never its content.
"""

import os
import stat
from pathlib import Path

from controller.records.errors import RecordsError

SECRET_LEAST_BYTES, SECRET_MOST_BYTES = 16, 4096


class SecretError(RecordsError):
    """The secret can not be used."""


class SecretOpenError(SecretError):
    """Others than its owner may read it, so somebody may know it."""


def read_secret(name: str, setting: str) -> bytes:
    """The secret in the file that `setting` names. Blanks and line breaks at its ends are the editor's and no part of it."""
    if not name:
        raise SecretError("secret_not_set", f"no file is configured ({setting})", f"make one and name it as {setting}")
    path = Path(name)
    secret = read_private(path, SECRET_MOST_BYTES).strip()
    if len(secret) < SECRET_LEAST_BYTES:
        cause = f"{path.name} has {len(secret)} bytes without the blanks at its ends, at least {SECRET_LEAST_BYTES} are needed"
        raise SecretError("secret_too_short", cause, f"head -c 32 /dev/urandom > {path}")
    return secret


def read_password(name: str) -> str:
    """A password that somebody else has set, in a file of its own; how long it is, is theirs to say."""
    path = Path(name)
    try:
        password = read_private(path, SECRET_MOST_BYTES).decode().strip()
    except UnicodeDecodeError as error:
        raise SecretError("secret_unreadable", f"{path.name}: it is no text", "name the right file") from error
    if not password:
        raise SecretError("secret_too_short", f"{path.name} is empty", "write the password into it")
    return password


def read_private(path: Path, most_bytes: int) -> bytes:
    """The whole of a file that its owner alone may read; looked at and read as one file, whatever its name leads to meanwhile."""
    try:
        # A pipe without a writer would wait for ever.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise SecretError("secret_unreadable", f"{path.name} is no file", "name a file")
            if mode & 0o077:
                cause = f"{path.name} can be read by others than its owner: chmod 600"
                raise SecretOpenError("secret_open_to_others", cause, "and make a new one if somebody may have read it")
            data = file.read(most_bytes + 1)
    except OSError as error:
        step = "see to the file and to who owns it: the daemon's own user must be able to read it"
        raise SecretError("secret_unreadable", f"{path.name}: {error.strerror or error}", step) from error
    if len(data) > most_bytes:
        raise SecretError("secret_too_long", f"{path.name} has more than {most_bytes} bytes", "name the right file")
    return data
