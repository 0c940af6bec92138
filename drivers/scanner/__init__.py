"""Barcode readers: plain line readers and Keyence SR on serial lines.

Rule: bytes become values, never exceptions; only a whole, printable, checked frame becomes a read.
"""
