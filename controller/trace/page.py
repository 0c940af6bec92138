"""The page as text: no script, no cookie, nothing from elsewhere, at most 30 KB, in Chinese or English.

One rule: every word of a stranger or of a paper goes through `html.escape`. What may be said is decided before; here it is
only written.
"""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import urlencode

import msgspec

from controller.domain.trace_codes import shown_code
from controller.trace.checks import Checked
from controller.trace.lookup import Carton
from controller.trace.places import MANY
from controller.trace.words import WORDS

MOST_BYTES = 30 * 1024
BEIJING = timedelta(hours=8)
# Until it is free, nothing is said of what was done to it after the X-ray machine.
BEFORE_RELEASE = ("seal", "scan", "image")
CSS = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;font:16px/1.55 "Noto Sans SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif;color:#16191c;background:#f1f2f3}
main{max-width:34rem;margin:0 auto;padding:1rem}header{display:flex;justify-content:space-between;align-items:center;gap:1rem}
h1{font-size:1.15rem;margin:.5rem 0}h2{font-size:1rem;margin:1.4rem 0 .4rem}a{color:#0b57a4}
header a{min-height:44px;min-width:44px;display:inline-flex;align-items:center;justify-content:center}
.verdict{border:2px solid #16191c;border-radius:8px;padding:1rem;background:#fff;margin:.5rem 0 1rem}
.verdict strong{font-size:1.5rem;display:block}.verdict p{margin:.3rem 0 0}
.ok{border-color:#0f6b3a}.ok strong{color:#0f6b3a}.no{border-color:#b3001b}.no strong{color:#b3001b}
.many{background:#fff;border:2px solid #b3001b;padding:.6rem .8rem;margin:0 0 1rem}
.first{background:#fff4cc;border-left:4px solid #a84300;padding:.6rem .8rem;margin:0 0 1rem}
time{white-space:nowrap}
dl{display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem;margin:0}dt{color:#4a5056}dd{margin:0;overflow-wrap:anywhere}
ol{list-style:none;margin:0;padding:0 0 0 1.1rem;border-left:2px solid #6a7178}li{padding:.15rem 0 .6rem;position:relative}
li::before{content:"";position:absolute;left:-1.55rem;top:.7rem;width:.75rem;height:.75rem;border-radius:50%;background:#16191c}
li.open::before{background:#f1f2f3;border:2px solid #6a7178}li span{display:block;color:#4a5056;font-size:.95rem}
form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end}label{flex:1 1 100%;color:#4a5056}
input{flex:1 1 12rem;min-width:0;min-height:44px;
font:inherit;padding:.3rem .7rem;border:1px solid #6a7178;border-radius:6px;background:#fff}
button{min-height:44px;min-width:5rem;
font:inherit;font-weight:600;border:1px solid #16191c;border-radius:6px;background:#16191c;color:#fff}
footer{margin-top:2rem;color:#4a5056;font-size:.9rem}
@media print{body{background:#fff}form,header a{display:none}}
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()


class Shown(msgspec.Struct, frozen=True):
    """What a page is about. `kind`: ask, released, processing, recalled, unknown, mistyped, throttled, away, no_page.

    `timed`: a code was looked up, so the answer leaves on the beat.
    """

    kind: str
    language: str = "zh"
    code: str = ""
    carton: Carton | None = None
    checked: Checked | None = None
    agrees: bool | None = None
    barcode: str = ""
    wait_s: int = 0
    timed: bool = False


class Names(msgspec.Struct, frozen=True):
    """What this site calls things."""

    place: str
    warehouse: str
    mask_list: bool


def render(shown: Shown, names: Names) -> bytes:
    """The whole page."""
    words = WORDS[shown.language]
    body = "".join(_body(shown, names, words))
    html = (
        f'<!doctype html><html lang="{words["lang"]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{words['title']}</title><style>{CSS}</style></head><body><main>"
        f'<header><h1>{words["title"]}</h1><a href="{_link(shown)}" lang="{words["other_lang"]}">{words["other"]}</a></header>'
        f"{body}<footer>{words['footer']}</footer></main></body></html>"
    )
    return html.encode()


def _link(shown: Shown) -> str:
    """The same in the other language."""
    more = {"code": shown.code, "barcode": shown.barcode, "lang": "en" if shown.language == "zh" else "zh"}
    return escape("/?" + urlencode({key: text for key, text in more.items() if text}), quote=True)


def _body(shown: Shown, names: Names, words: dict[str, str]) -> Iterator[str]:
    yield _verdict(shown, words)
    carton = shown.carton
    if carton is not None and shown.kind in ("released", "processing", "recalled"):
        if shown.checked is not None:
            yield _many(shown.checked, words)
            yield _first(shown.checked, words)
        yield f"<h2>{words['facts']}</h2><dl>"
        yield _pair(words["code"], shown_code(shown.code))
        yield _pair(words["trader"], carton.trader)
        yield _pair(words["warehouse"], names.warehouse or carton.warehouse_no)
        yield _pair(words["list"], masked(carton.invt_no) if names.mask_list else carton.invt_no)
        yield f"</dl><h2>{words['way']}</h2><ol>"
        yield from _steps(shown, carton, names, words)
        yield f"</ol><h2>{words['both']}</h2>"
        if shown.barcode:
            yield _agreement(shown, words)
        yield _form(shown, "barcode", words["barcode"], words["compare"], numeric=True)
        return
    if shown.kind not in ("throttled", "away"):
        yield _form(shown, "code", words["ask_code"], words["look"])


def _verdict(shown: Shown, words: dict[str, str]) -> str:
    if shown.kind == "ask":
        return f"<p>{words['hint']}</p>"
    look = {"released": "ok", "unknown": "no", "recalled": "no"}.get(shown.kind, "")
    mark = {"released": "\u2714", "unknown": "\u2716", "recalled": "\u2716", "processing": "\u2026"}.get(shown.kind, "!")
    text = words[f"{shown.kind}.what"].replace("{s}", str(shown.wait_s))
    more = words[f"{shown.kind}.more"].replace("{s}", str(shown.wait_s))
    return f'<div class="verdict {look}" role="status"><strong>{mark} {text}</strong><p>{more}</p></div>'


def _many(checked: Checked, words: dict[str, str]) -> str:
    if not checked.many_on:
        return ""
    return f'<p class="many" role="status"><strong>! {words["many.what"]}</strong> {words["many.more"]}</p>'.replace(
        "{day}", escape(checked.many_on)
    ).replace("{n}", str(MANY))


def _first(checked: Checked, words: dict[str, str]) -> str:
    if checked.count <= 1:
        return f'<p class="first">{words["first"]}</p>'
    text = words["again"].replace("{n}", str(checked.count)).replace("{at}", _minute(checked.first_utc))
    return f'<p class="first">{text}</p>'


def _pair(name: str, text: str) -> str:
    return f"<dt>{name}</dt><dd>{escape(text)}</dd>" if text else ""


def _steps(shown: Shown, carton: Carton, names: Names, words: dict[str, str]) -> Iterator[str]:
    if carton.declared_at:
        yield _step(words["step.declared"], words["place.declared"], _declared(carton.declared_at))
    for one in carton.steps:
        if shown.kind == "released" or one.step in BEFORE_RELEASE:
            place = f"{names.place} \u00b7 {words[f'place.{one.step}']}" if names.place else words[f"place.{one.step}"]
            yield _step(words[f"step.{one.step}"], place, _minute(one.utc))
    if shown.kind == "processing":
        yield f'<li class="open">{words["step.processing"]}</li>'


def _step(what: str, place: str, at: str) -> str:
    return f"<li>{what}<span>{escape(place)} \u00b7 <time>{escape(at)}</time></span></li>"


def _agreement(shown: Shown, words: dict[str, str]) -> str:
    kind = "unclear" if shown.agrees is None else "agree" if shown.agrees else "differ"
    return f'<p class="first" role="status">{words[kind].replace("{barcode}", escape(shown.barcode))}</p>'


def _form(shown: Shown, name: str, label: str, button: str, *, numeric: bool = False) -> str:
    kept = f'<input type="hidden" name="code" value="{escape(shown.code)}">' if name == "barcode" else ""
    language = '<input type="hidden" name="lang" value="en">' if shown.language == "en" else ""
    mode = ' inputmode="numeric"' if numeric else ' autocapitalize="characters"'
    value = escape(shown.barcode if name == "barcode" else "")
    return (
        f'<form action="/" method="get">{kept}{language}<label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" value="{value}" maxlength="64" autocomplete="off"{mode} required>'
        f"<button>{button}</button></form>"
    )


def masked(number: str) -> str:
    """First and last four characters; a short one is masked whole."""
    return number[:4] + "*" * (len(number) - 8) + number[-4:] if len(number) > 8 else "*" * len(number)


def _minute(utc: str) -> str:
    """Beijing time, to the minute."""
    try:
        at = datetime.fromisoformat(utc)
    except ValueError:
        return ""
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return f"{at.astimezone(UTC) + BEIJING:%Y-%m-%d %H:%M}"


def _declared(text: str) -> str:
    """Fourteen digits of Beijing time, as a list has them."""
    digits = text if text.isdigit() and len(text) >= 12 else ""
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]} {digits[8:10]}:{digits[10:12]}" if digits else ""
