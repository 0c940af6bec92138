"""The pages are served whole, under the path of their build, with a policy that lets nothing in from elsewhere."""

import gzip
import re
from pathlib import Path

import pytest

from controller.console.pages import UI, Pages
from controller.console.web import Place
from tests.console.bench import PLACE, bench

PAGE_MOST_BYTES = 200 * 1024  # of script that one page loads, without what is written for its readers
ALL_MOST_BYTES = 1024 * 1024  # of everything that the wheel ships of the pages
COMMENT = re.compile(r"/\*\*.*?\*/|^\s*//.*$|^\s+", re.DOTALL | re.MULTILINE)


async def test_each_entry_leads_into_the_build_and_keeps_what_was_asked(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = on.page()
        for path, name in (("/", "index"), ("/operator", "operator"), ("/officer", "officer"), ("/set-up", "set-up"),
                           ("/story", "story"), ("/bench", "bench")):  # fmt: skip
            led = await page.ask("GET", f"{path}?screen=operator-1")
            assert led.status_code == 307
            assert led.headers["cache-control"] == "no-store"
            assert led.headers["location"] == f"{PLACE.origin}/ui/{on.pages.build}/{name}.html?screen=operator-1"
            shown = await page.ask("GET", led.headers["location"])
            assert "immutable" in shown.headers["cache-control"]
            assert f'content="{PLACE.acts_origin}"' in shown.text
            assert "{{" not in shown.text


async def test_every_file_that_a_page_names_is_there_with_its_type(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = on.page()
        for html in UI.glob("*.html"):
            base = f"/ui/{on.pages.build}"
            text = (await page.ask("GET", f"{base}/{html.name}")).text
            for name in re.findall(r'(?:href|src)="([^"]+)"', text):
                there = await page.ask("GET", f"{base}/{name}")
                assert there.status_code == 200, name
                kind = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}[Path(name).suffix]
                assert there.headers["content-type"].startswith(kind)


async def test_a_page_of_an_old_build_goes_to_that_of_today_and_its_scripts_do_not_mix(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = on.page()
        led = await page.ask("GET", "/ui/0123456789abcdef/operator.html")
        assert led.headers["location"].endswith(f"/ui/{on.pages.build}/operator.html")
        assert (await page.ask("GET", "/ui/0123456789abcdef/core/stream.js")).status_code == 404
        assert (await page.ask("GET", f"/ui/{on.pages.build}/..%2fpages.py")).status_code == 404


async def test_words_of_customs_are_not_for_the_company(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        told = {}
        for account in ("zhang", "li"):
            page = await on.signed_in(account)
            told[account] = (await page.ask("GET", "/api/words")).json()["words"]
        assert "risk_rule" in told["zhang"] or len(told["zhang"]) > len(told["li"])
        assert told["li"]["customs_check"][0] == "海关查看"
        assert told["li"]["no_read"][2] == "重贴或补录条码后重检"
        assert set(told["li"]) < set(told["zhang"])


def test_the_build_changes_with_every_byte_and_with_what_the_pages_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("export const a = 1;\n")
    first = Pages(PLACE, "XY", "production", tmp_path).build
    assert Pages(PLACE, "XY", "production", tmp_path).build == first
    assert Pages(Place("line.test", 8600, 9000), "XY", "production", tmp_path).build != first
    (tmp_path / "a.js").write_text("export const a = 2;\n")
    assert Pages(PLACE, "XY", "production", tmp_path).build != first


def test_a_page_whose_module_is_missing_is_an_error_before_anything_is_served(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<script type="module" src="a.js">')
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\n')
    with pytest.raises(KeyError, match=r"b\.js"):
        Pages(PLACE, "XY", "production", tmp_path)


def test_own_scripts_are_small_and_name_nothing_of_elsewhere() -> None:
    scripts = list(UI.rglob("*.js"))
    assert sum(path.stat().st_size for path in UI.rglob("*") if path.is_file()) <= ALL_MOST_BYTES
    for name in ("index", "operator", "officer", "set-up", "story"):
        loaded = re.findall(
            r'modulepreload" href="([^"]+)"', Pages(PLACE, "XY-TEST", "production")._files[f"{name}.html"].decode()
        )
        assert loaded, name
        assert sum(len(COMMENT.sub("", (UI / one).read_text()).encode()) for one in loaded) <= PAGE_MOST_BYTES, name
    for path in [*scripts, *UI.rglob("*.html"), *UI.rglob("*.css")]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|innerHTML|outerHTML|insertAdjacentHTML|eval\(|new Function", text), path
        code = COMMENT.sub("", text)  # types are named by import() in comments
        assert not re.search(r"\bimport\(", code), path
        if path.suffix == ".html":
            assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*src=)", text), path


async def test_a_file_is_the_same_packed_and_unpacked_and_is_kept_for_ever(tmp_path: Path) -> None:
    async with bench(tmp_path) as on:
        page = on.page()
        path = f"/ui/{on.pages.build}/core/stream.js"
        plain = await page.ask("GET", path, headers={"Accept-Encoding": "identity"})
        packed = await page.ask("GET", path, headers={"Accept-Encoding": "gzip"})
        assert plain.content == packed.content  # the client unpacks
        assert len(gzip.compress(plain.content)) < len(plain.content) / 2
        assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
        for one in (plain, packed):
            assert one.headers["vary"] == "Accept-Encoding"
            assert "immutable" in one.headers["cache-control"]
