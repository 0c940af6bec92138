"""The one pool of the site, put on a line's console: what this line tells the others, and what it hears from them.

One rule: entries are shown everywhere and claimed in one place: whoever takes a carton of another line goes to that line's own
console and signs in there, because a claim and a verdict are only worth what the line that owns the carton knows of the person.
"""

from fastapi import FastAPI

from controller.console.identity import Identity
from controller.console.line_credential import LineCredential
from controller.console.line_pool_app import add_line_pool
from controller.console.live import Live
from controller.console.officer_app import OfficerDesk
from controller.console.other_lines import Fetch, OtherLines
from controller.daemon.http_client import fetch
from controller.settings.model import Settings


def add_site_pool(
    app: FastAPI, settings: Settings, credential: LineCredential | None, desk: OfficerDesk, identity: Identity, live: Live,
    ask: Fetch = fetch,
) -> OtherLines:  # fmt: skip
    """Answer other lines on the first port, and show officers the others' pools; whoever gets the result runs it."""
    options, line = settings.console, settings.line.name
    add_line_pool(app, identity, line, credential, lambda: desk.told(line))
    linked = not options.lines_secret_file
    others = OtherLines(options.lines, credential, identity.now_s, desk.core.now_ms, live.look_again, ask, linked=linked)
    live.sources.append(others.values)
    return others
