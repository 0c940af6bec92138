"""Settings of what leaves the site.

One rule: the same as in `model`, which takes this in.
"""

from typing import Annotated

from controller.settings.fields import Table, setting


class Export(Table, frozen=True):
    """Exports of one carton that a stranger proves off-line."""

    key_file: Annotated[
        str,
        setting("The site's private signing key, made by `xiyong keys make`; only its owner may read it. Empty = no exports."),
    ] = ""
