"""Evidence: stored under its hash, durable when named, and never read back changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.records.errors import EvidenceError
from controller.records.evidence import EvidenceRef, EvidenceStore


def test_content_is_found_under_its_hash(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "evidence")
    reference = store.put(b"an image", "image/png")
    assert reference == EvidenceRef(hashlib.sha256(b"an image").hexdigest(), 8, "image/png")
    assert store.read(reference) == b"an image"
    assert store.put(b"an image", "image/png") == reference
    assert [path.name for path in (tmp_path / "evidence").rglob("*") if path.is_file()] == [reference.sha256]
    assert list(store.check()) == []


@given(st.binary(max_size=300))
def test_any_content_comes_back(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    store = EvidenceStore(tmp_path_factory.getbasetemp() / "any")
    assert store.read(store.put(data, "application/octet-stream")) == data


def test_changed_evidence_is_refused_named_and_repaired_by_storing_it_again(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    reference = store.put(b"an image", "image/png")
    path = store.path(reference.sha256)
    for content in (b"an imagf", b"an imag", b"an images"):
        path.chmod(0o640)
        path.write_bytes(content)
        with pytest.raises(EvidenceError) as refused:
            store.read(reference)
        assert refused.value.code == "evidence_changed"
        assert [fault.sha256 for fault in store.check()] == [reference.sha256]
    store.put(b"an image", "image/png")
    assert store.read(reference) == b"an image"


def test_refusals_say_what_is_wrong(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path, size_limit_bytes=10)
    for call, code in (
        (lambda: store.put(b"x" * 11, "image/png"), "evidence_too_large"),
        (lambda: store.put(b"x", ""), "evidence_media_type"),
        (lambda: store.read(EvidenceRef("0" * 64, 1, "image/png")), "evidence_missing"),
        (lambda: store.read(EvidenceRef("../../etc/passwd", 1, "text/plain")), "evidence_bad_hash"),
    ):
        with pytest.raises(EvidenceError) as refused:
            call()
        assert refused.value.code == code
        assert refused.value.next_step


def test_a_failing_disk_leaves_no_evidence_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = EvidenceStore(tmp_path)

    def broken(fd: int) -> None:
        raise OSError(5, "Input/output error")

    (tmp_path / hashlib.sha256(b"x").hexdigest()[:2]).mkdir()
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(EvidenceError) as refused:
        store.put(b"x", "image/png")
    assert refused.value.code == "evidence_not_stored"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_everything_is_synced_before_put_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file before it has its name, and the directory after."""
    calls: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def noted_fsync(fd: int) -> None:
        calls.append("directory" if os.path.isdir(f"/proc/self/fd/{fd}") else "file")
        fsync(fd)

    def noted_rename(self: Path, target: Path) -> Path:
        calls.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "rename", noted_rename)
    EvidenceStore(tmp_path).put(b"x", "image/png")
    assert calls[-3:] == ["file", "rename", "directory"]
    assert set(calls[:-3]) == {"directory"}


def test_what_a_crash_left_half_written_is_no_evidence(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    reference = store.put(b"whole", "image/png")
    half = store.path(reference.sha256).with_name("." + "0" * 64 + ".1.0")
    half.write_bytes(b"ha")
    assert list(store.check()) == []
    assert store.remove_unfinished() == 1
    assert not half.exists()
    assert store.read(reference) == b"whole"
