#!/usr/bin/env python3
"""Proves the export of one carton of a Xiyong inspection line: `python3 verify_export.py EXPORT.zip PUBLIC-KEY`.

One rule: this one file and Python 3.11 are enough. It needs no database, no network and no other file, and trusts nothing in the
export but what the public key stands for; have key and this file from the site or its repository, not from the export itself.

What it shows: (1) the site's key signed the manifest; (2) every file is as listed there, byte for byte, none more, none fewer;
(3) the checkpoint (a signed note after C2SP tlog-checkpoint) commits to a journal of so many rows; (4) every row is one of them,
at its place (RFC 6962 Merkle tree), and in an export of customs its hash is that of its columns. `docs/story.md` has the format.

Ed25519 here is verification after RFC 8032, section 5.1, written for this file: nothing secret passes through it.
"""

import base64
import binascii
import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = "xiyong-carton-export/1"
MANIFEST, SIGNATURE, CHECKPOINT, ROWS = "manifest.json", "manifest.sig", "checkpoint.txt", "rows.jsonl"
SIGNED_PREFIX = FORMAT.encode() + b"\0"
ROW_PREFIX = b"xiyong-journal-row/1\0"
EMPTY = hashlib.sha256(b"").digest()


class Fault(Exception):  # noqa: N818 (a result, not an error of this program)
    """What is wrong, and where: the file inside the export, the row of the journal if it is one."""

    def __init__(self, file: str, cause: str, row: int | None = None) -> None:
        super().__init__(cause)
        self.file, self.cause, self.row = file, cause, row

    def __str__(self) -> str:
        return f"{self.file}{f', row {self.row}' if self.row is not None else ''}: {self.cause}"


@dataclass
class Proven:
    """What was shown. `upto` is the row of the journal up to which, as the signer says, it has every row of its carton (None: it
    does not say); `missing` names evidence that was gone from the site's disk when the export was made.
    """

    carton: str
    organisation: str
    site: str
    line: str
    made_utc: str
    rows: int
    journal_rows: int
    upto: int | None
    evidence: int
    anchor_seq: int | None
    missing: list[str] = field(default_factory=list)


# --- Ed25519 (RFC 8032, 5.1) ---------------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]  # extended coordinates: X, Y, Z, T = XY/Z


def point_add(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_mul(times: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while times:
        if times & 1:
            found = point_add(found, point)
        point = point_add(point, point)
        times >>= 1
    return found


def recover_x(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - x2) % P:
        return None
    return P - x if (x & 1) != sign else x


def point_of(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    x = recover_x(y & (1 << 255) - 1, y >> 255)
    y &= (1 << 255) - 1
    return None if x is None else (x, y, 1, x * y % P)


def point_bytes(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = recover_x(BASE_Y, 0) or 0
BASE: Point = (_BASE_X, BASE_Y, 1, _BASE_X * BASE_Y % P)


def sha512_number(data: bytes) -> int:
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % ORDER


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this signature of this message was made with the private key of `public`."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or s >= ORDER:
        return False
    challenge = sha512_number(signature[:32] + public + message)
    left, right = point_mul(s, BASE), point_add(commitment, point_mul(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


PEM_PREFIX = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of RFC 8410


def public_key_of(text: str) -> bytes:
    """A public key as PEM, as 64 hex digits or as base64. Raises ValueError for anything else."""
    if "-----BEGIN PUBLIC KEY-----" in text:
        der = base64.b64decode("".join(text.split("-----")[2].split()), validate=True)
        if len(der) != 44 or not der.startswith(PEM_PREFIX):
            raise ValueError("the PEM holds no Ed25519 public key")
        return der[12:]
    text = "".join(text.split())
    data = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    if len(data) != 32:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return data


# --- the container: a ZIP that can be written in one way alone -------------------------------------------------------

_LOCAL, _CENTRAL, _END = struct.Struct("<IHHHHHIIIHH"), struct.Struct("<IHHHHHHIIIHHHHHII"), struct.Struct("<IHHHHIIH")
_DATE = (2020 - 1980) << 9 | 1 << 5 | 1


def pack(members: Mapping[str, bytes]) -> bytes:
    """A ZIP of these members, stored, without dates: the same members are always the same bytes."""
    body, directory = bytearray(), bytearray()
    for name, data in members.items():
        raw, crc, size = name.encode("ascii"), zlib.crc32(data), len(data)
        directory += _CENTRAL.pack(0x02014B50, 788, 20, 0, 0, 0, _DATE, crc, size, size, len(raw), 0, 0, 0, 0,
                                   0o100644 << 16, len(body)) + raw  # fmt: skip
        body += _LOCAL.pack(0x04034B50, 20, 0, 0, 0, _DATE, crc, size, size, len(raw), 0) + raw + data
    end = _END.pack(0x06054B50, 0, 0, len(members), len(members), len(directory), len(body), 0)
    return bytes(body + directory + end)


def unpack(data: bytes) -> dict[str, bytes]:
    """The members; a Fault names the first place that differs from what `pack` would have written."""
    members: dict[str, bytes] = {}
    at = 0
    while data[at : at + 4] == b"PK\3\4":
        if len(data) < at + _LOCAL.size:
            raise Fault("(container)", f"it ends inside a header at byte {at}")
        head = _LOCAL.unpack_from(data, at)
        size, length = head[8], head[9]
        begin = at + _LOCAL.size + length
        name = data[at + _LOCAL.size : begin].decode("ascii", "replace")
        content = data[begin : begin + size]
        if len(content) != size:
            raise Fault(name or "(container)", f"its header at byte {at} says {size} bytes, {len(content)} are left")
        if zlib.crc32(content) != head[6]:
            raise Fault(name, f"its content is not what was packed (checksum of the header at byte {at})")
        if name in members:
            raise Fault(name, "it is there twice")
        members[name] = content
        at = begin + size
    again = pack(members) if all(name.isascii() for name in members) else b""
    if again != data:
        differs = next((i for i, (a, b) in enumerate(zip(again, data, strict=False)) if a != b), min(len(again), len(data)))
        raise Fault(_member_at(members, differs), f"the container differs from what was packed, at byte {differs}")
    return members


def _member_at(members: Mapping[str, bytes], offset: int) -> str:
    """Whose header a byte of the container is in."""
    at = 0
    for name, content in members.items():
        at += _LOCAL.size + len(name.encode()) + len(content)
        if offset < at:
            return name
    return "(container)"


# --- the proof ------------------------------------------------------------------------------------------------------


def verify_export(data: bytes, public: bytes) -> Proven:
    """What the export shows, or a Fault that says what is wrong and where."""
    members = unpack(data)
    for name in (MANIFEST, SIGNATURE, CHECKPOINT, ROWS):
        if name not in members:
            raise Fault(name, "it is missing")
    signed = SIGNED_PREFIX + members[MANIFEST]
    if not signature_holds(public, signed, _signature_of(members[SIGNATURE])):
        cause = "the signature does not hold: it, or its signature in manifest.sig, was changed, or it is another site's key"
        raise Fault(MANIFEST, cause)
    manifest: dict[str, Any] = json.loads(members[MANIFEST])
    if manifest.get("format") != FORMAT:
        raise Fault(MANIFEST, f"this program knows {FORMAT}, not {manifest.get('format')!r}")
    _check_files(members, manifest)
    size, root = _check_checkpoint(members[CHECKPOINT], manifest, public)
    rows = members[ROWS].decode().split("\n")[:-1]
    before: dict[str, Any] | None = None
    for line in rows:
        row = json.loads(line)
        _check_row(row, manifest["organisation"], size, root, before)
        before = row
    upto: int | None = manifest["journal"].get("upto")
    if upto is not None and (not 0 <= upto <= size or (before is not None and before["seq"] > upto)):
        raise Fault(MANIFEST, f"it says that it has the rows up to {upto}, and has others")
    anchor = manifest["journal"].get("anchor")
    if anchor is not None:
        leaf = leaf_of(bytes.fromhex(anchor["salt"]), bytes.fromhex(anchor["hash"]))
        if root_from_path(anchor["seq"] - 1, size, leaf, [bytes.fromhex(one) for one in anchor["path"]]) != root:
            raise Fault(MANIFEST, "the anchored row is not in the journal of the checkpoint", anchor["seq"])
    return Proven(
        manifest["carton"], manifest["organisation"], manifest["site"], manifest["line"], manifest["made_utc"], len(rows), size,
        upto, sum(name.startswith("evidence/") for name in members), anchor["seq"] if anchor else None, list(manifest["missing"]),
    )  # fmt: skip


def proven(data: bytes, public: bytes) -> Proven:
    """`verify_export` of bytes that may be anything: what is not even written as it must be is a Fault, too."""
    try:
        return verify_export(data, public)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Fault(MANIFEST, f"the export is not written as its format says ({type(error).__name__})") from error


def _check_files(members: Mapping[str, bytes], manifest: Mapping[str, Any]) -> None:
    """Every file as listed, none more, none fewer; of the rows, which one it is."""
    listed = {one["name"]: one for one in manifest["files"]}
    for name in members:
        if name not in listed and name not in (MANIFEST, SIGNATURE):
            raise Fault(name, "it is in no list: it was put in")
    _check_lines(members[ROWS], manifest["rows"])
    for name, one in listed.items():
        if name not in members:
            raise Fault(name, "it is listed and missing")
        if hashlib.sha256(members[name]).hexdigest() != one["sha256"] or len(members[name]) != one["size"]:
            raise Fault(name, "its content was changed")


def _check_lines(data: bytes, listed: list[list[Any]]) -> None:
    lines = data.split(b"\n")
    for place, (seq, sha256) in enumerate(listed):
        line = lines[place] if place < len(lines) else b""
        if hashlib.sha256(line).hexdigest() != sha256:
            raise Fault(ROWS, "the row was changed, moved or removed", seq)
    if lines[len(listed) :] != [b""]:
        raise Fault(ROWS, "there are rows behind the last that is listed")


def _check_checkpoint(data: bytes, manifest: Mapping[str, Any], public: bytes) -> tuple[int, bytes]:
    """Size and root of the journal that the site signed."""
    text, _, lines = data.decode("utf-8", "replace").partition("\n\n")
    origin, size, root, *_ = [*text.split("\n"), "", "", ""]
    mark = f"\u2014 {origin} "
    signed = next((line.removeprefix(mark) for line in lines.splitlines() if line.startswith(mark)), "")
    try:
        blob = base64.b64decode(signed, validate=True)
    except binascii.Error:
        blob = b""
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4]
    if blob[:4] != key_id or not signature_holds(public, text.encode() + b"\n", blob[4:]):
        raise Fault(CHECKPOINT, "its signature does not hold")
    if manifest["journal"]["rows"] != int(size) or manifest["journal"]["root"] != base64.b64decode(root).hex():
        raise Fault(CHECKPOINT, "it is of another journal than the manifest says")
    return int(size), base64.b64decode(root)


def _check_row(row: Mapping[str, Any], organisation: str, size: int, root: bytes, before: Mapping[str, Any] | None) -> None:
    seq = row["seq"]
    if before is not None and seq <= before["seq"]:
        raise Fault(ROWS, "rows do not rise", seq)
    if organisation == "customs":
        if row_hash(row).hex() != row["hash"]:
            raise Fault(ROWS, "its columns do not have its hash", seq)
        if before is not None and seq == before["seq"] + 1 and row["prev_hash"] != before["hash"]:
            raise Fault(ROWS, "it is not chained to the row before it", seq)
        leaf = leaf_of(bytes.fromhex(row["salt"]), bytes.fromhex(row["hash"]))
    else:
        leaf = bytes.fromhex(row["leaf"])
    if root_from_path(seq - 1, size, leaf, [bytes.fromhex(one) for one in row["path"]]) != root:
        raise Fault(ROWS, "it is not at this place of the journal that the checkpoint stands for", seq)


def row_hash(row: Mapping[str, Any]) -> bytes:
    """The hash of a row's columns, as the journal chains it (docs/records.md, "Chain")."""
    sha = hashlib.sha256(ROW_PREFIX + struct.pack(">qq", row["seq"], row["line_ms"]))
    for name in ("utc", "kind", "event", "outcome", "touched"):
        text = row[name].encode()
        sha.update(struct.pack(">I", len(text)) + text)
    sha.update(bytes.fromhex(row["prev_hash"]))
    return sha.digest()


def leaf_of(salt: bytes, hash_of_row: bytes) -> bytes:
    """A leaf of the tree. The salt keeps a reader of some rows from trying out what stands in their neighbours."""
    return hashlib.sha256(b"\0" + salt + hash_of_row).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root_from_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """The root that this leaf leads to (RFC 9162, 2.1.3.2), or None where the path has a wrong length."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_of(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_of(found, sibling)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def _signature_of(data: bytes) -> bytes:
    """The signature, if it is written as it must be: hex digits and a line's end. One way, so that any changed byte shows."""
    try:
        signature = bytes.fromhex(data.decode("ascii"))
    except ValueError:
        return b""
    return signature if signature.hex().encode() + b"\n" == data else b""


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        sys.stderr.write("usage: verify_export.py EXPORT.zip PUBLIC-KEY (a PEM file, 64 hex digits, or base64)\n")
        return 2
    try:
        with open(arguments[0], "rb") as file:
            data = file.read()
        try:
            with open(arguments[1], encoding="utf-8") as file:
                public = public_key_of(file.read())
        except FileNotFoundError:
            public = public_key_of(arguments[1])
    except (OSError, ValueError) as error:
        sys.stderr.write(f"can not be read: {error}\n")
        return 2
    try:
        found = proven(data, public)
    except Fault as fault:
        sys.stdout.write(f"NOT PROVEN: {fault}\n")
        return 1
    sys.stdout.write(told(found))
    return 0


def told(found: Proven) -> str:
    """What was shown, in words."""
    anchor = f", row {found.anchor_seq} of it is anchored" if found.anchor_seq is not None else ""
    whole = f"it has every row of this carton up to row {found.upto}"
    not_said = "it does not say up to which row it is whole: the newest rows of this carton may be missing"
    lines = [
        f"PROVEN: carton {found.carton}, {found.organisation}'s version, {found.line} of {found.site}, made {found.made_utc}",
        f"  {found.rows} rows, each at its place of a journal of {found.journal_rows} rows{anchor}; {found.evidence} files",
        f"  as the signer says, {whole}" if found.upto is not None else f"  {not_said}",
        *(f"  gone when it was made: {one}" for one in found.missing),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
