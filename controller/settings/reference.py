"""The reference page docs/settings.md, made from the model.

One rule: the page says nothing that the model does not. Run `python -m controller.settings.reference
[FILE]`.
"""

import enum
import json
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import msgspec

from controller.settings import cameras, console, customs, departure, model, public
from controller.settings.fields import Table
from controller.settings.signing import owner_of
from controller.settings.tables import allowed, meta_of

PAGE = Path("docs/settings.md")

_START = """\
# Settings

Made from `controller/settings/model.py` by `python -m controller.settings.reference`; do not edit.

A settings file is TOML. An unknown key is an error that names the nearest known one, and all errors of a file are
reported together. Names end with their unit. "Applies" says what a change needs. Distances are along the belt from
the induct photo-eye. Relative directories are inside `data_dir`. Single values can be overridden when a command is
started, with dotted keys (`plc.port=1502`, a device by its name: `scanners.induct.port=/dev/ttyUSB0`).
"Signs" says who must agree to a change: two of customs, or the company alone ([changed settings](changed-settings.md)).
"""

_HEADINGS: tuple[tuple[str, type[Table]], ...] = (
    ("[site]", model.Site), ("[line]", model.Line), ("[line.geometry]", model.Geometry),
    ("[line.zones]", model.Zones), ("[lanes.<name>]", model.Lane), ("[plc]", model.Plc),
    ("[[scanners]]", model.Scanner), ("[[scales]]", model.Scale), ("[[stack_lights]]", model.StackLight),
    ("[[cameras]]", cameras.Camera), ("[[xray]]", model.Xray),
    ("[rules]", model.Rules),
    ("[customs]", customs.Customs), ("[mqtt]", model.Mqtt), ("[console]", console.Console),
    ("[journal]", model.Journal), ("[records]", model.Records),
    ("[[gates]]", departure.Gate), ("[departure]", departure.Departure), ("[port]", departure.Port),
    ("[export]", public.Export), ("[trace]", public.Trace),
)  # fmt: skip


def page() -> str:
    """The whole page."""
    return "\n".join((_START, *(line for heading, cls in _HEADINGS for line in _table(heading, cls))))


def _table(heading: str, cls: type[Table]) -> Iterator[str]:
    yield f"## `{heading}`\n"
    yield f"{cls.__doc__}\n"
    yield "| Key | Allowed | Default | Applies | Signs | Meaning |"
    yield "|---|---|---|---|---|---|"
    hints = typing.get_type_hints(cls, include_extras=True)
    for field in msgspec.structs.fields(cls):
        kind = hints[field.name]
        meta = meta_of(kind)
        if meta.description is None:
            continue  # a table inside this one, with a heading of its own
        default = "required" if field.required else f"`{_toml(field.default)}`"
        applies = (meta.extra or {}).get("applies", "")
        signs = owner_of(f"{heading.strip('[]').replace('<name>', 'x')}{'.x' if '[[' in heading else ''}.{field.name}")[0]
        yield f"| `{field.name}` | {allowed(kind)} | {default} | {applies} | {signs} | {meta.description} |"
    yield ""


def _toml(value: object) -> str:
    plain = value.value if isinstance(value, enum.Enum) else value
    return json.dumps(plain, ensure_ascii=False)


def main(arguments: list[str]) -> None:
    path = Path(arguments[0]) if arguments else PAGE
    path.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{path} written\n")


if __name__ == "__main__":
    main(sys.argv[1:])
