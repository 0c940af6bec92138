"""Everything that can go wrong on a line, each kind by itself and from its own seeded stream.

The one rule: a fault touches plant, wires, devices, papers or people, never a program's inside; and each ends when it is told.
"""
