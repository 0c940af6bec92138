"""Signal towers, seen as people see them.

One rule: a tower knows commands, not the line.
"""
