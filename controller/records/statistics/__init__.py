"""Figures of a line: facts gathered from the journal row by row, and pure functions that count them (docs/statistics.md)."""
