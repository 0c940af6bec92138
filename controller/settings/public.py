"""Settings of what leaves the site: exports that strangers prove, and the public trace page.

One rule: the same as in `model`, which takes these tables in.
"""

from typing import Annotated

from controller.settings.fields import Table, number, setting


class Export(Table, frozen=True):
    """Exports of one carton that a stranger proves off-line."""

    key_file: Annotated[
        str,
        setting("The site's private signing key, made by `xiyong keys make`; only its owner may read it. Empty = no exports."),
    ] = ""


class Trace(Table, frozen=True):
    """The public trace page 溯源, a process of its own. Off unless `host` is set."""

    host: Annotated[str, setting("Address it listens at. Empty = no page and no trace codes.")] = ""
    port: Annotated[int, number("TCP port; none of the console's.", ge=1, le=65535)] = 8700
    tls_cert_file: Annotated[str, setting("Certificate (PEM), where no front server has one.")] = ""
    tls_key_file: Annotated[str, setting("Its private key (PEM).")] = ""
    warehouse: Annotated[
        str, setting("Name of the warehouse in the zone, as the page shows it; empty = its registered number.")
    ] = ""
    place: Annotated[str, setting("Name of the place where the line stands, as the page shows it.")] = "西永综合保税区"
    mask_list: Annotated[bool, setting("The list's number is shown with its middle digits masked.")] = True
    behind_proxy: Annotated[
        bool, setting("A front server of this site sets `X-Forwarded-For`; its last address is then the one that is limited.")
    ] = False
