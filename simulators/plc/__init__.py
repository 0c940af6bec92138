"""The reference PLC: the program of contract CIL-1, its Modbus TCP server, and the line that joins it with
the plant.
"""

from simulators.plc.config import PlcConfig, PlcCounters, TrackEye
from simulators.plc.line_simulator import LineSimulator
from simulators.plc.modbus import Bases
from simulators.plc.program import PlcProgram
from simulators.plc.server import PlcServer, WireFaults
from simulators.plc.wire_log import WireLog

__all__ = [
    "Bases",
    "LineSimulator",
    "PlcConfig",
    "PlcCounters",
    "PlcProgram",
    "PlcServer",
    "TrackEye",
    "WireFaults",
    "WireLog",
]
