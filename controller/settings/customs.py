"""Settings of the exchange with customs: what comes in, what is told, and how long customs may be silent.

One rule: the same as in `model`, which takes this table in: described once, units in names, unknown keys refused.
"""

from typing import Annotated

from controller.settings.fields import EMPTY_BELT, Table, number, setting


class Customs(Table, frozen=True):
    """Messages from customs and to customs."""

    inbox_dir: Annotated[str, setting("Folder that message files arrive in; relative to `data_dir`.", min_length=1)] = "inbox"
    poll_s: Annotated[int, number("How often the folder is looked at.", ge=1, le=3600)] = 2
    released_statuses: Annotated[tuple[str, ...], setting("Receipt words that allow a release.", EMPTY_BELT, min_length=1)] = (
        "800",
        "899",
    )
    rules_file: Annotated[
        str,
        setting(
            "Customs' targeting rules, relative to `data_dir`; `{config_dir}` is this file's folder. Empty = `rules_missing`."
        ),
    ] = ""
    selection_secret_file: Annotated[
        str, setting("File of the secret that the random draw is made with, kept by customs; relative to `data_dir`.")
    ] = ""
    office_url: Annotated[
        str, setting("Where arrivals and results are posted (HTTP). Empty = they are put into `outbox_dir`.",
                     pattern="^(https?://[^ ]+)?$")
    ] = ""  # fmt: skip
    outbox_dir: Annotated[
        str, setting("Folder for arrivals and results, taken away by customs' adapter; relative to `data_dir`. "
                     "Empty, with `office_url` empty = customs is not told by this program.")
    ] = ""  # fmt: skip
    timeout_ms: Annotated[int, number("Longest wait for an answer over HTTP.", ge=100, le=120_000)] = 5000
    retry_s: Annotated[int, number("Longest pause between two attempts.", ge=1, le=3600)] = 15
    arrival_wait_s: Annotated[
        int, number("Lists of a load that are whole within so long go into one arrival.", EMPTY_BELT, ge=1, le=3600)
    ] = 60
    customs_silence_limit_s: Annotated[
        int, number("Without a word of customs for so long nothing is released; 0 = never mind.", EMPTY_BELT, ge=0, le=86_400)
    ] = 0
    customs_ahead_limit_s: Annotated[
        int, number("A word of customs that is dated further ahead of the clock holds its list, and orders nothing.", EMPTY_BELT,
                    ge=60, le=86_400)
    ] = 900  # fmt: skip
    operator_code: Annotated[
        str, setting("Customs' registration 监管场所经营人代码 of the operator of the site, the sender of arrivals.",
                     pattern="^[0-9A-Za-z]{0,18}$")
    ] = ""  # fmt: skip
    operator_name: Annotated[str, setting("The operator's registered name.")] = ""
    loct_no: Annotated[str, setting("Code of the supervised site 监管场所代码.", pattern="^[0-9A-Za-z]{0,10}$")] = ""
    traf_mode: Annotated[str, setting("How goods come to the site, customs' code 运输方式.", pattern="^[0-9A-Za-z]$")] = "4"
    dxp_id: Annotated[str, setting("Sender id in the exchange of messages.", pattern="^[0-9A-Za-z]{0,30}$")] = ""
