"""Secrets in files: what is none is refused with a cause and a next step, and its content is never said."""

import os
from pathlib import Path

import pytest

from controller.records.secret_files import SECRET_MOST_BYTES, SecretError, read_password, read_secret

SECRET = bytes(range(32))
BLANKS = b" \t\r\n" * 8


def secret_file(tmp_path: Path, secret: bytes = SECRET, mode: int = 0o600) -> str:
    path = tmp_path / "a.secret"
    path.write_bytes(secret)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize(
    ("secret", "mode", "code"),
    [
        (b"brief", 0o600, "secret_too_short"),
        (b"", 0o600, "secret_too_short"),
        (BLANKS, 0o600, "secret_too_short"),
        (b"\n" * SECRET_MOST_BYTES, 0o600, "secret_too_short"),
        (b"  fifteen bytes.\n\n", 0o600, "secret_too_short"),
        (SECRET, 0o644, "secret_open_to_others"),
        (SECRET, 0o660, "secret_open_to_others"),
        (bytes(SECRET_MOST_BYTES + 1), 0o600, "secret_too_long"),
    ],
)
def test_what_is_no_secret_is_refused_and_never_said(tmp_path: Path, secret: bytes, mode: int, code: str) -> None:
    with pytest.raises(SecretError) as refused:
        read_secret(secret_file(tmp_path, secret, mode), "console.lines_secret_file")
    assert refused.value.code == code
    assert refused.value.cause
    assert refused.value.next_step
    if secret.strip():
        assert secret.hex() not in str(refused.value)
        assert repr(secret)[2:-1] not in str(refused.value)


def test_what_an_editor_puts_at_the_ends_is_no_part_of_it(tmp_path: Path) -> None:
    assert read_secret(secret_file(tmp_path, b" the secret of this site\r\n"), "x") == b"the secret of this site"
    assert read_secret(secret_file(tmp_path, SECRET), "x") == SECRET


def test_no_name_no_file_a_folder_and_a_pipe_are_told_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, code in (("", "secret_not_set"), ("away", "secret_unreadable"), ("", ""), ("pipe", "secret_unreadable")):
        given = name if code == "secret_not_set" else str(tmp_path / name)
        with pytest.raises(SecretError) as refused:
            read_secret(given, "console.lines_secret_file")
        assert refused.value.code == (code or "secret_unreadable"), given


def test_a_password_may_be_short_but_not_empty_and_is_its_owners_alone(tmp_path: Path) -> None:
    assert read_password(secret_file(tmp_path, b"pass\n")) == "pass"
    for content, mode, code in ((b" \n", 0o600, "secret_too_short"), (b"pass", 0o604, "secret_open_to_others")):
        with pytest.raises(SecretError) as refused:
            read_password(secret_file(tmp_path, content, mode))
        assert refused.value.code == code
