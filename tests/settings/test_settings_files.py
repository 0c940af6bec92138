"""Settings: shipped files are right, every mistake is named with its place and the next step, all at once."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from controller.settings import LaneKind, Mode, Settings, SettingsError, check, load, parse_override, reference

REPO = Path(__file__).parents[2]
SHIPPED = sorted((REPO / "config").glob("*.toml"))
DEFAULT = REPO / "config" / "xiyong.toml"


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """The shipped line with texts replaced, each of which must be there."""
    text = DEFAULT.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "line.toml"
    path.write_text(text, encoding="utf-8")
    return path


def codes(path: Path) -> list[str]:
    return [problem.code for problem in check(path)]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_files_are_right(path: Path) -> None:
    assert check(path) == []
    assert load(path).line.id == 1


def test_the_default_line_is_the_one_of_the_design() -> None:
    line = load(DEFAULT)
    place = line.line.geometry
    assert line.site.mode is Mode.PRODUCTION
    assert (place.scan_gate_mm, place.verify_gate_mm, place.decision_point_mm, place.divert_mm) == (600, 5200, 5900, 8500)
    assert {name: (lane.code, lane.kind) for name, lane in line.lanes.items()} == {
        "inspect": (1, LaneKind.INSPECT),
        "anomaly": (2, LaneKind.ANOMALY),
        "release": (3, LaneKind.RELEASE),
    }
    assert line.rules.default_lane == "inspect"
    assert line.journal.dir == "/var/lib/xiyong/journal"
    assert line.records.url == "sqlite:////var/lib/xiyong/records.sqlite"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("XY-2 https://line2.example:8600", False), ("XY-2", True), ("XY-2 javascript:alert(1)", True),
     ("XY-2 https://line2.example/page", True), ("two words https://line2.example", True)],
)  # fmt: skip
def test_another_line_is_a_name_and_the_address_of_a_console_and_nothing_else(tmp_path: Path, text: str, wrong: bool) -> None:
    path = tmp_path / "line.toml"
    path.write_text(f'{DEFAULT.read_text(encoding="utf-8")}\n[console]\nother_lines = ["{text}"]\n', encoding="utf-8")
    assert ("other_line" in codes(path)) is wrong
    if not wrong:
        assert load(path).console.lines == (("XY-2", "https://line2.example:8600"),)


@pytest.mark.parametrize(
    ("text", "code"),
    [('other_lines = ["XY-2 http://line2.example:8600"]', "other_line_without_tls"),
     ('other_lines = ["XY-2 http://127.0.0.2:8600"]', ""),
     ('other_lines = ["XY-2 https://line2.example", "XY-2 https://line3.example"]', "other_line_twice"),
     ('other_lines = ["XY-1 https://line2.example"]', "other_line_twice"),
     ('name = "line1.example"\nother_lines = ["XY-2 https://LINE1.example:8700"]', "other_line_same_host"),
     ('other_lines = ["XY-2 https://line2.example", "XY-3 https://line3.example"]', "")],
)  # fmt: skip
def test_lines_ask_each_other_by_name_over_nothing_that_others_hear(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "line.toml"
    told = f'[console]\nhost = "127.0.0.1"\nlines_secret_file = "lines.secret"\n{text}\n'
    path.write_text(f"{DEFAULT.read_text(encoding='utf-8')}\n{told}", encoding="utf-8")
    assert {one for one in codes(path) if "line" in one} == ({code} if code else set())
    if not code:
        assert load(path).console.lines_secret_file == "/var/lib/xiyong/lines.secret"


@pytest.mark.parametrize(
    ("text", "wrong"), [("10.0.0.7", False), ("2001:db8::7", False), ("proxy.example", True), ("10.0.0.0/8", True)]
)
def test_a_proxy_is_trusted_by_its_address(tmp_path: Path, text: str, wrong: bool) -> None:
    path = tmp_path / "line.toml"
    path.write_text(f'{DEFAULT.read_text(encoding="utf-8")}\n[console]\ntrusted_proxies = ["{text}"]\n', encoding="utf-8")
    assert ("trusted_proxy" in codes(path)) is wrong


def test_settings_fit_into_an_event_and_come_back_from_one() -> None:
    line = load(DEFAULT)
    text = msgspec.json.encode(line)
    assert len(text) < 16 * 1024
    assert msgspec.json.decode(text, type=Settings) == line


def test_the_reference_page_is_up_to_date() -> None:
    written = (REPO / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == reference.page(), "run: python -m controller.settings.reference"


def test_every_setting_says_what_it_is_and_when_it_applies() -> None:
    rows = [line for line in reference.page().splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert (len(cells), all(cells)) == (6, True), row
        assert cells[4] in ("customs", "company"), row


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    command = [sys.executable, "-m", "controller.settings.reference", str(page)]
    subprocess.run(command, check=True, cwd=REPO, capture_output=True)
    assert page.read_text(encoding="utf-8") == reference.page()


@pytest.mark.parametrize(
    ("old", "new", "place", "named"),
    [
        ("poll_ms = 100", "pol_ms = 100", "[plc] pol_ms", "'poll_ms'"),
        ("[rules]", "[rule]", "[rule]", "'rules'"),
        ("divert_mm = 8500", "divert_m = 8.5", "[line.geometry] divert_m", "'divert_mm'"),
        ('role = "verify"', 'role = "verify"\nreadlate_ms = 1', "[scanners.2] readlate_ms", "'read_late_ms'"),
        ("[lanes.release]", "[lanes.release]\ncolour = 1", "[lanes.release] colour", "nearest"),
        ("speed_mm_s = 500", "speed_mm_s = 500\nhb_limit_ms = 2000", "[line] hb_limit_ms", "[plc]"),
        ("[site]", "xyz = 1\n[site]", "[xyz]", "nearest"),
    ],
)
def test_an_unknown_key_names_file_table_key_and_the_nearest(tmp_path: Path, old: str, new: str, place: str, named: str) -> None:
    path = changed(tmp_path, (old, new))
    (problem,) = [one for one in check(path) if one.code == "key_unknown"]
    assert problem.where == f"{path} {place}"
    assert named in problem.cause
    assert problem.next_step


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("key_missing", [('host = "192.0.2.10"\n', "")]),
        ("key_missing", [('[site]\nname = "Xiyong comprehensive bonded zone"', "[site]")]),
        ("value_wrong", [("poll_ms = 100", "poll_ms = 201")]),
        ("value_wrong", [("poll_ms = 100", "poll_ms = 49")]),
        ("value_wrong", [("poll_ms = 100", "poll_ms = 100.0")]),
        ("value_wrong", [("unit_id = 1", "unit_id = true")]),
        ("value_wrong", [('mode = "production"', 'mode = "test"')]),
        ("value_wrong", [('list_incomplete = "divert"', 'list_incomplete = "release"')]),
        ("value_wrong", [("verify_read = true", 'verify_read = "yes"')]),
        ("value_wrong", [("[line]\nid = 1", "[line]\nid = 0")]),
        ("table_wrong", [("[[scales]]", "[scales]")]),
        ("table_wrong", [("[site]", "[[site]]")]),
        ("data_dir_relative", [('data_dir = "/var/lib/xiyong"', 'data_dir = "here"')]),
        ("anchor_in_journal", [('anchor_dir = "/var/lib/xiyong-anchor"', 'anchor_dir = "journal"')]),
        ("anchor_in_journal", [('anchor_dir = "/var/lib/xiyong-anchor"', 'anchor_dir = "journal/a"')]),
        ("geometry_order", [("verify_gate_mm = 5200", "verify_gate_mm = 5900")]),
        ("deadline_longer_than_belt", [("\ndeadline_mm = 500", "\ndeadline_mm = 2600")]),
        ("weigh_belt_short", [("weigh_to_mm = 2200", "weigh_to_mm = 1700")]),
        ("zone_repeated", [("weigh_zone = 3", "weigh_zone = 2")]),
        ("lane_code_repeated", [("code = 2", "code = 1")]),
        ("release_lane_count", [('kind = "anomaly"', 'kind = "release"')]),
        ("release_lane_count", [('kind = "release"', 'kind = "anomaly"')]),
        ("inspect_lane_missing", [('kind = "inspect"', 'kind = "anomaly"')]),
        ("lane_code_meaning", [("code = 3", "code = 4")]),
        ("lane_code_meaning", [("code = 1\n", "code = 3\n"), ('code = 3\nkind = "release"', 'code = 1\nkind = "release"')]),
        ("default_lane_kind", [('default_lane = "inspect"', 'default_lane = "release"')]),
        ("default_lane_kind", [('default_lane = "inspect"', 'default_lane = "anomaly"')]),
        ("default_lane_unknown", [('default_lane = "inspect"', 'default_lane = "inspekt"')]),
        ("hb_limit_short", [("hb_limit_ms = 2000", "hb_limit_ms = 799")]),
        ("blocks_overlap", [("ring_base = 100", "ring_base = 42")]),
        ("blocks_overlap", [("host_base = 900", "host_base = 700")]),
        ("block_outside", [("address_base = 0", "address_base = 1")]),
        ("block_outside", [("host_base = 900", "host_base = 65530")]),
        ("no_time_to_decide", [("speed_mm_s = 500", "speed_mm_s = 2000")]),
        ("scanner_missing", [('role = "verify"', 'role = "induct"')] * 2),
        ("scanner_missing", [('role = "induct"', 'role = "verify"')] * 2),
        ("scanner_missing", [('role = "seal"', 'role = "loading"'), ('role = "seal"', 'role = "verify"')]),
        ("value_wrong", [('url = "rtsp://192.0.2.31:554/main"', 'url = "192.0.2.31"')]),
        ("camera_url", [('url = "rtsp://192.0.2.31:554/main"', 'url = "ftp://192.0.2.31/main"')]),
        ("device_url_repeated", [("192.0.2.32:554", "192.0.2.31:554")]),
        ("device_name_repeated", [('name = "verify"', 'name = "induct"')]),
        ("device_port_repeated", [("by-id/scanner-verify", "by-id/scale")]),
        ("status_not_release", [('["800", "899"]', '["800", "500"]')]),
    ],
)  # fmt: skip
def test_a_mistake_is_an_error_with_its_code(tmp_path: Path, code: str, changes: list[tuple[str, str]]) -> None:
    path = changed(tmp_path, *changes)
    found = check(path)
    assert code in [problem.code for problem in found]
    assert all(problem.where and problem.cause and problem.next_step for problem in found)
    with pytest.raises(SettingsError, match=code):
        load(path)


def test_all_mistakes_of_a_file_are_reported_together(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ("poll_ms = 100", "pol_ms = 100"),
        ("unit_id = 1", "unit_id = 999"),
        ("code = 2", "code = 1"),
        ("weigh_zone = 3", "weigh_zone = 2"),
        ('mode = "production"', ""),
    )
    assert set(codes(path)) >= {
        "key_unknown",
        "value_wrong",
        "lane_code_repeated",
        "lane_code_meaning",
        "zone_repeated",
        "key_missing",
    }


def test_a_line_without_verify_read_and_scale_says_so_and_needs_no_devices(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ("verify_read = true", "verify_read = false"),
        ("weight_required = true", "weight_required = false"),
        ('role = "verify"', 'role = "induct"'),
    )
    assert codes(path) == []


def test_overrides_are_taken_and_checked() -> None:
    simulation = REPO / "config" / "simulation.toml"
    line = load(
        simulation,
        {"plc.port": 40123, "scanners.verify.port": "/dev/pts/7", "scales.1.port": "/dev/pts/8", "site.data_dir": "/x"},
    )
    assert (line.plc.port, line.scanners[1].port, line.scales[0].port) == (40123, "/dev/pts/7", "/dev/pts/8")
    assert line.records.url == "sqlite:////x/records.sqlite"
    wrong = {"plc.prot": 1, "plc.poll_ms": 1, "scanners.third.port": "x", "scanners.2.prot": "x"}
    assert [(one.code, one.where) for one in check(simulation, wrong)] == [
        ("override_unknown", "override scanners.third.port"),
        ("key_unknown", "override [plc] prot"),
        ("value_wrong", "override [plc] poll_ms"),
        ("key_unknown", "override [scanners.2] prot"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plc.port=1502", ("plc.port", 1502)),
        ("rules.verify_read = false", ("rules.verify_read", False)),
        ("scanners.induct.port=/dev/ttyUSB0", ("scanners.induct.port", "/dev/ttyUSB0")),
        ('site.name="A B"', ("site.name", "A B")),
    ],
)
def test_overrides_of_a_command_line(text: str, expected: tuple[str, object]) -> None:
    assert parse_override(text) == expected


def test_an_override_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match=r"table\.key=value"):
        parse_override("plc.port")


@pytest.mark.parametrize(
    ("data", "code"),
    [(None, "file_unreadable"), (b"[site\n", "not_toml"), (b"\xff", "not_toml"), (b"a = " + b"[" * 10_000, "not_toml")],
)
def test_a_file_that_cannot_be_read_is_one_problem(tmp_path: Path, data: bytes | None, code: str) -> None:
    path = tmp_path / "line.toml"
    if data is not None:
        path.write_bytes(data)
    assert codes(path) == [code]


@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_an_answer(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.toml"
    path.write_bytes(data)
    assert check(path)


toml = st.recursive(
    st.integers() | st.booleans() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "port", "code", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(["site", "line", "lanes", "plc", "scanners", "scales", "rules", "plc.port"]), toml)
def test_any_value_in_any_place_is_an_answer(key: str, value: object) -> None:
    assert isinstance(check(DEFAULT, {key: value}), list)
