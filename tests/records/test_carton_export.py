"""The export of a carton proves itself to a stranger; any changed byte is named; customs' own is in no company's export."""

import hashlib
import json
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from controller.cli import app
from controller.line.explain import View
from controller.records import verify_export
from controller.records.all_tables import line_follower
from controller.records.carton_export import Asked, export
from controller.records.errors import RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.journal_file import open_reader
from controller.records.merkle import Tree, salt_of
from controller.records.site_keys import SiteKey, load_key, make_key
from controller.records.story import story_and_rows
from controller.records.tables import open_records
from controller.records.verify_export import (
    MANIFEST,
    ROWS,
    SIGNATURE,
    Fault,
    leaf_of,
    node_of,
    pack,
    proven,
    public_key_of,
    root_from_path,
    row_hash,
    signature_holds,
    unpack,
)
from tests.console.story_bench import CARTON, a_day, anchors_of, journaled, recorded
from tests.daemon.virtual_line import ROOT

KEY = SiteKey(bytes(range(32)))
NAMES = {"shen": "Shen Lin", "zhang": "Zhang Wei", "zha": "Zha Yi", "wu": "Wu Bo"}
CUSTOMS_OWN = (b"metal", b"zhang", b"verdict", b"ImageAnalysed", b"VerdictGiven", b"VerdictUndone", b"analyser", b"low picture")


class Site:
    """A line with a day behind it."""

    def __init__(self, home: Path) -> None:
        self.evidence = EvidenceStore(home / "evidence")
        self.journal = journaled(a_day(self.evidence), home)
        self.records = recorded(self.journal, home)

    def close(self) -> None:
        self.records.dispose()

    def export(self, view: View) -> bytes:
        told, rows = story_and_rows(self.records, self.journal, CARTON, view)
        asked = Asked(view, "Xiyong", "XY-1", "shen", "2026-11-26T08:00:00+00:00", NAMES)
        return export(self.journal, anchors_of(self.journal), self.evidence, KEY, told, rows, asked)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with closing(Site(tmp_path_factory.mktemp("site"))) as one:
        yield one


@pytest.fixture(scope="module")
def exports(site: Site) -> dict[View, bytes]:
    return {view: site.export(view) for view in View}


@pytest.mark.parametrize("view", list(View))
def test_a_stranger_proves_it_with_the_public_key_and_the_file_that_travels_in_it(
    view: View, exports: dict[View, bytes], tmp_path: Path
) -> None:
    (tmp_path / "e.zip").write_bytes(exports[view])
    (tmp_path / "verify_export.py").write_bytes(unpack(exports[view])["verify_export.py"])
    (tmp_path / "public.pem").write_text(KEY.public_pem())
    for key in ("public.pem", KEY.public.hex()):
        # -I and -S: no package of this project or any other is within reach.
        done = subprocess.run([sys.executable, "-I", "-S", "verify_export.py", "e.zip", key], cwd=tmp_path, capture_output=True,
                              text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith(f"PROVEN: carton {CARTON}, {view}'s version")
    shutil.unpack_archive(tmp_path / "e.zip", tmp_path / "out")  # any tool opens it
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_bytes())
    for one in manifest["files"]:
        assert hashlib.sha256((tmp_path / "out" / one["name"]).read_bytes()).hexdigest() == one["sha256"]


def test_another_key_proves_nothing(exports: dict[View, bytes]) -> None:
    with pytest.raises(Fault, match="signature does not hold"):
        proven(exports[View.CUSTOMS], SiteKey(bytes(32)).public)


@pytest.mark.parametrize("view", list(View))
def test_any_changed_byte_of_any_member_is_named_with_its_file_and_row(view: View, exports: dict[View, bytes]) -> None:
    """The container is packed anew around the change, so that its own checksums do not help."""
    members, rng = unpack(exports[view]), random.Random(7)
    rows = members[ROWS].split(b"\n")
    for name, data in members.items():
        for at in rng.sample(range(len(data)), min(len(data), 24)):
            wrong = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
            with pytest.raises(Fault) as found:
                proven(pack({**members, name: wrong}), KEY.public)
            assert found.value.file == (MANIFEST if name == SIGNATURE else name), (name, at, found.value)
            if name == ROWS and at < len(data) - 1 and data[at : at + 1] != b"\n" and b"\n" not in wrong[at : at + 1]:
                line = data[:at].count(b"\n")
                assert found.value.row == json.loads(rows[line])["seq"]


def test_any_changed_byte_of_the_zip_itself_is_found(exports: dict[View, bytes]) -> None:
    data, rng = exports[View.COMPANY], random.Random(8)
    tail = len(data) - 1500  # directory and end of the container
    for at in [*rng.sample(range(tail), 120), *rng.sample(range(tail, len(data)), 120)]:
        wrong = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        with pytest.raises(Fault):
            proven(wrong, KEY.public)
    for cut in (0, 1, 30, len(data) // 2, len(data) - 1):
        with pytest.raises(Fault):
            proven(data[:cut], KEY.public)
    with pytest.raises(Fault):
        proven(data + b"\0", KEY.public)


def test_members_that_are_missing_or_put_in_are_named(exports: dict[View, bytes]) -> None:
    members = unpack(exports[View.CUSTOMS])
    for name in members:
        with pytest.raises(Fault) as found:
            proven(pack({key: data for key, data in members.items() if key != name}), KEY.public)
        assert found.value.file == name
    with pytest.raises(Fault) as found:
        proven(pack({**members, "evidence/" + "ab" * 32: b"x"}), KEY.public)
    assert found.value.file == "evidence/" + "ab" * 32


def test_a_row_that_the_signer_himself_changed_is_not_in_the_journal_of_the_checkpoint(
    site: Site, exports: dict[View, bytes]
) -> None:
    """Whoever has the key can sign anything, but not move a row into a journal whose checkpoint was given away before."""
    members = unpack(exports[View.CUSTOMS])
    rows = [json.loads(line) for line in members[ROWS].split(b"\n")[:-1]]
    manifest = json.loads(members[MANIFEST])
    for change in ("event", "path", "salt"):
        row = dict(rows[5])
        row["event"] = row["event"].replace("S1", "S2") if change == "event" else row["event"]
        if change == "event":
            row["hash"] = row_hash(row).hex()
        if change == "path":
            row["path"] = row["path"][:-1]
        if change == "salt":
            row["salt"] = "00" * 16
        lines = [json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() for one in
                 (row if one is rows[5] else one for one in rows)]  # fmt: skip
        forged = {**members, ROWS: b"".join(line + b"\n" for line in lines)}
        hashed = [[one["seq"], hashlib.sha256(line).hexdigest()] for one, line in zip(rows, lines, strict=True)]
        listed = [{"name": n, "size": len(d), "sha256": hashlib.sha256(d).hexdigest()} for n, d in forged.items()
                  if n not in (MANIFEST, SIGNATURE)]  # fmt: skip
        again = {**manifest, "files": listed, "rows": hashed}
        forged[MANIFEST] = json.dumps(again).encode()
        forged[SIGNATURE] = KEY.sign(verify_export.SIGNED_PREFIX + forged[MANIFEST]).hex().encode() + b"\n"
        with pytest.raises(Fault) as found:
            proven(pack(forged), KEY.public)
        assert (found.value.file, found.value.row) == (ROWS, rows[5]["seq"])


def test_nothing_of_customs_own_is_in_a_companys_export(exports: dict[View, bytes], site: Site) -> None:
    for name, data in unpack(exports[View.COMPANY]).items():
        if name != "verify_export.py":
            assert [word for word in CUSTOMS_OWN if word in data] == [], name
    assert all(word in exports[View.CUSTOMS] for word in CUSTOMS_OWN if word != b"VerdictUndone")
    # Nor can anything be tried out: no hash of the journal's chain, and no salt, is in it.
    reader = open_reader(site.journal)
    hashes = [row.hash for row in reader.rows(1)]
    reader.close()
    text = exports[View.COMPANY]
    assert not any(one.hex().encode() in text or one in text for one in hashes)
    assert not any(salt_of(KEY.salting_key(), one).hex().encode() in text for one in hashes)


def test_an_export_names_who_had_part_in_it_and_nobody_else_of_the_staff(exports: dict[View, bytes]) -> None:
    named = {view: json.loads(unpack(exports[view])["story.json"])["names"] for view in View}
    assert named[View.CUSTOMS] == {"shen": "Shen Lin", "zhang": "Zhang Wei"}
    assert named[View.COMPANY] == {"shen": "Shen Lin"}


def test_a_journal_that_is_not_whole_is_not_exported(tmp_path: Path) -> None:
    broken = Site(tmp_path)
    told, rows = story_and_rows(broken.records, broken.journal, CARTON, View.CUSTOMS)
    with sqlite3.connect(broken.journal) as raw:
        raw.execute("UPDATE journal SET event = replace(event, 'S1', 'S2') WHERE seq = 13")
    raw.close()
    with pytest.raises(RecordsError) as refused:
        export(
            broken.journal,
            anchors_of(broken.journal),
            broken.evidence,
            KEY,
            told,
            rows,
            Asked(View.CUSTOMS, "s", "l", "x", "2026"),
        )
    assert refused.value.code == "journal_not_whole"
    broken.close()


def test_evidence_that_is_gone_is_told_and_the_rest_is_proven(tmp_path: Path) -> None:
    thin = Site(tmp_path)
    for file in thin.evidence.root.glob("*/*"):
        if file.read_bytes() == b"low picture":
            file.unlink()
    found = proven(thin.export(View.CUSTOMS), KEY.public)
    gone = hashlib.sha256(b"low picture").hexdigest()
    assert f"{gone}: evidence_missing" in found.missing
    assert not any(hashlib.sha256(b"high picture").hexdigest() in one for one in found.missing)
    thin.close()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70, unique=True), st.data())
@settings(max_examples=60, deadline=None)
def test_every_leaf_of_every_tree_leads_to_its_root_and_no_other_does(hashes: list[bytes], data: st.DataObject) -> None:
    tree = Tree(hashes, b"k")

    def plain(leaves: list[bytes]) -> bytes:
        """RFC 6962, 2.1, as it is written there."""
        if len(leaves) == 1:
            return leaves[0]
        split = 1 << (len(leaves) - 1).bit_length() - 1
        return node_of(plain(leaves[:split]), plain(leaves[split:]))

    leaves = [leaf_of(salt_of(b"k", one), one) for one in hashes]
    assert tree.root == plain(leaves)
    for index, leaf in enumerate(leaves):
        assert root_from_path(index, tree.size, leaf, tree.path(index)) == tree.root
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(-1, len(leaves)))
    if other != index and len(leaves) > 1:
        assert root_from_path(other, tree.size, leaves[index], tree.path(index)) != tree.root
    assert root_from_path(index, tree.size, bytes(32), tree.path(index)) != tree.root


RFC_8032 = (  # section 7.1, tests 1 to 3: secret, public, message, signature
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
)  # fmt: skip


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_signatures_are_those_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    key = SiteKey(bytes.fromhex(secret))
    assert key.public.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert signature_holds(key.public, bytes.fromhex(message), bytes.fromhex(signature))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 63), st.integers(0, 7))
@settings(max_examples=25, deadline=None)
def test_a_signature_holds_for_its_message_alone(seed: bytes, message: bytes, at: int, bit: int) -> None:
    key = SiteKey(seed)
    signature = key.sign(message)
    assert signature_holds(key.public, message, signature)
    assert not signature_holds(key.public, message + b"x", signature)
    wrong = bytearray(signature)
    wrong[at] ^= 1 << bit
    assert not signature_holds(key.public, message, bytes(wrong))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="compares with openssl")
def test_openssl_reads_the_key_and_agrees_on_the_signature(tmp_path: Path) -> None:
    key = make_key(tmp_path / "k.pem")
    (tmp_path / "p.pem").write_text(key.public_pem())
    (tmp_path / "m").write_bytes(b"a message")
    (tmp_path / "s").write_bytes(key.sign(b"a message"))

    def openssl(*words: str) -> bytes:
        return subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, check=True).stdout

    assert b"Success" in openssl("pkeyutl", "-verify", "-pubin", "-inkey", "p.pem", "-rawin", "-in", "m", "-sigfile", "s")
    assert openssl("pkeyutl", "-sign", "-inkey", "k.pem", "-rawin", "-in", "m") == key.sign(b"a message")
    assert public_key_of(openssl("pkey", "-in", "k.pem", "-pubout").decode()) == key.public


def test_a_key_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    made = make_key(tmp_path / "k")
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o400
    assert load_key(tmp_path / "k").public == made.public
    assert made._seed.hex() not in repr(made)
    with pytest.raises(RecordsError, match="key_exists"):
        make_key(tmp_path / "k")
    (tmp_path / "k").chmod(0o440)
    with pytest.raises(RecordsError, match="key_open_to_others"):
        load_key(tmp_path / "k")
    (tmp_path / "other").write_text("no key")
    (tmp_path / "other").chmod(0o400)
    with pytest.raises(RecordsError, match="key_wrong"):
        load_key(tmp_path / "other")


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9./]{0,12}", fullmatch=True), st.binary(max_size=60), max_size=6))
@settings(max_examples=40, deadline=None)
def test_a_container_is_what_was_packed(members: dict[str, bytes]) -> None:
    assert unpack(pack(members)) == members
    assert struct.unpack("<I", pack(members)[-22:-18])[0] == 0x06054B50
    assert all(zlib.crc32(data) >= 0 for data in members.values())


def test_the_commands_make_a_key_an_export_and_the_proof(tmp_path: Path) -> None:
    data, run = tmp_path / "data", CliRunner().invoke
    for folder in ("journal", "anchor"):
        (data / folder).mkdir(parents=True)
    journal = journaled(a_day(EvidenceStore(data / "evidence")), data / "journal")
    anchors_of(journal).rename(data / "anchor" / "anchors.jsonl")
    records = open_records(data / "records.sqlite")
    follower = line_follower(journal, records)
    follower._batch_rows = 5
    follower.step()  # the daemon ended here
    follower.close()
    records.dispose()
    key, out = tmp_path / "site.key", tmp_path / "e.zip"
    made = json.loads(run(app, ["keys", "make", str(key), "--json"]).stdout)
    assert run(app, ["keys", "public", str(key)]).stdout.endswith(f"{made['public_key']}\n")
    config = ["--config", str(ROOT / "config" / "simulation.toml"), "--data", str(data), "--json"]
    asked = ["export", CARTON.partition("/")[2], "--out", str(out), *config, "--set", f"export.key_file={key}", "--unrecorded"]
    assert json.loads(run(app, asked).stdout)["carton"] == CARTON
    assert run(app, asked).exit_code == 2, "nothing is written over"
    assert run(app, ["export", "L1", *asked[2:]]).exit_code == 2
    proof = ["verify", "--export", str(out), "--key", made["public_key"], "--json"]
    found = json.loads(run(app, proof).stdout)
    assert (found["ok"], found["carton"], found["organisation"]) == (True, CARTON, "company")
    data_bytes = bytearray(out.read_bytes())
    data_bytes[data_bytes.index(b'"path"')] ^= 1
    out.write_bytes(data_bytes)
    refused = run(app, proof)
    assert (refused.exit_code, json.loads(refused.stdout)["file"]) == (1, ROWS)
