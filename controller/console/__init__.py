"""The console: who people are, what they may do, and what they see of the line, over HTTP on the line's own host.

One rule: it changes the line only by posting an event, and the line works without it. Source: reference on human
interfaces, sections 2, 5 to 7; reliability reference, section 7 (people and sessions).
"""
