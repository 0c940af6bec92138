"""Settings of a line: a TOML file in, frozen values out, every problem named.

One rule: an unknown key is an error. `model` describes each setting once; docs/settings.md is made
from it by `python -m controller.settings.reference`.
"""

from controller.domain.reasons import LaneKind
from controller.settings.customs import Customs
from controller.settings.loading import check, load, parse_override
from controller.settings.model import (
    FrameCheck,
    Geometry,
    Journal,
    Lane,
    Line,
    ListIncomplete,
    Mode,
    Plc,
    Records,
    Rules,
    Scale,
    Scanner,
    ScannerRole,
    Settings,
    Site,
    Transport,
    Zones,
)
from controller.settings.problems import SettingsError, SettingsProblem

__all__ = [
    "Customs",
    "FrameCheck",
    "Geometry",
    "Journal",
    "Lane",
    "LaneKind",
    "Line",
    "ListIncomplete",
    "Mode",
    "Plc",
    "Records",
    "Rules",
    "Scale",
    "Scanner",
    "ScannerRole",
    "Settings",
    "SettingsError",
    "SettingsProblem",
    "Site",
    "Transport",
    "Zones",
    "check",
    "load",
    "parse_override",
]
