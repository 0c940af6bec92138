"""How fast the console is, in Debian's Chromium on this machine: figures, never assertions.

python -m benchmarks.console [--only frames,stop,picture,items,size,soak] [--minutes 30] [--json]
"""

import argparse
import asyncio
import json
import os
import platform
import sys
from typing import Any

from benchmarks.console.bench_items import items_ms
from benchmarks.console.browser import chromium, percentile, told
from benchmarks.console.line import frames_ms, running_line, stops_ms
from benchmarks.console.picture import picture_ms
from benchmarks.console.soak import heap_grown_mib
from controller.console.pages import Pages
from controller.console.web import Place

PARTS = ("size", "picture", "items", "frames", "stop", "soak")
WARM_S = 25.0


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def scripts_kib() -> dict[str, dict[str, float]]:
    """Of each page: as the files lie here, with their comments, and as they are sent."""
    pages = Pages(Place("127.0.0.1", 8600, 8601), "line", "simulation")
    sizes = {page: pages.script_bytes(page) for page in pages.scripts}
    return {page: {"files": round(raw / 1024, 1), "sent": round(sent / 1024, 1)} for page, (raw, sent) in sizes.items()}


async def run(chosen: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "size" in chosen.only:
        found["own_script_kib"] = scripts_kib()
        for page, size in found["own_script_kib"].items():
            say(f"own script of {page}: {size['sent']:.0f} KiB as sent (hold: 200), {size['files']:.0f} KiB of files")
    async with chromium() as browser:
        if "picture" in chosen.only:
            say("3000 x 2000 x 16 bit, two energies (hold: 1000 from the ask to the screen):")
            columns = zip(*await picture_ms(browser, chosen.pictures), strict=True)
            for name, column in zip(("fetch", "screen", "ask_to_screen", "other_window"), columns, strict=True):
                found[f"picture_{name}_ms"] = _shares(list(column))
                say(told(f"  {name}", column))
        if "items" in chosen.only:
            values = await items_ms(browser, chosen.cartons)
            found["bench_item_ms"] = _shares(values)
            say(told("scan on the wire to row drawn at the bench (hold: 300)", values))
        if {"frames", "stop"} & set(chosen.only):
            say("starting a line in real time ...")
            async with running_line(chosen.seed) as (origin, home):
                await asyncio.sleep(WARM_S)
                if "frames" in chosen.only:
                    values = await frames_ms(browser, origin, chosen.watch_s)
                    found["event_to_frame_ms"] = _shares(values)
                    say(told("event to frame (hold: p95 100)", values))
                if "stop" in chosen.only:
                    values, loaded = await stops_ms(browser, origin, home, chosen.stops)
                    found["stop_to_plc_ms"] = _shares(values) | {"asked": chosen.stops, "pictures_loaded": loaded}
                    say(told(f"touch to stop in the PLC, six tabs, {loaded} pictures loaded (hold: p99 200)", values))
        if "soak" in chosen.only:
            say(f"soaking for {chosen.minutes:g} minutes ...")
            grown, rows = await heap_grown_mib(browser, chosen.minutes, say)
            found["soak"] = {"heap_grown_mib": round(grown, 2), "minutes": chosen.minutes, "rows": rows}
            say(f"heap after {chosen.minutes:g} min and {rows} rows: {grown:+.1f} MiB (hold: 10)")
    return found


def _shares(values: list[float]) -> dict[str, float]:
    return {f"p{share * 100:g}": round(percentile(values, share), 1) for share in (0.5, 0.95, 0.99)} | {"times": len(values)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long to soak")
    parser.add_argument("--watch-s", type=float, default=120.0, help="how long to watch events become frames")
    parser.add_argument("--stops", type=int, default=60, help="how often to stop the line")
    parser.add_argument("--pictures", type=int, default=10, help="how many pictures to draw")
    parser.add_argument("--cartons", type=int, default=12, help="how many cartons of five things to open at the bench")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another line")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = parser.parse_args()
    chosen.only = [part for part in chosen.only.split(",") if part]
    if unknown := set(chosen.only) - set(PARTS):
        parser.error(f"--only {', '.join(sorted(unknown))}: no such part; {', '.join(PARTS)}")
    machine = f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}, software GL"
    say(machine)
    found = asyncio.run(run(chosen))
    if chosen.json:
        print(json.dumps({"machine": machine, **found}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
