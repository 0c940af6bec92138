"""Serial ports for the device drivers: one `Port`, three ways to open it, one error when it is gone.

Rule: whatever ends a port (unplugged, EIO, end of stream, taken by somebody else) reaches the driver as
`PortLost` with a code, a cause and a next step. Source: termios(3), the serialx and pyserial manuals, tcp(7).
"""
