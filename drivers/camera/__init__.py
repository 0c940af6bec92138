"""Cameras: the newest picture of a stream, and whether it can be believed.

`Capture` is the seam: OpenCV behind a thread in the field, something else in a rehearsal.
"""
