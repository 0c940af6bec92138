"""Scales: MT-SICS over a serial line.

Rule: value, unit, stability and range travel together; whatever is not a stable weight is "no weight", never
0.
"""
