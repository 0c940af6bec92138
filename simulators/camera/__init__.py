"""Cameras over the belt and at the dock: what stands before them as pictures, and the stream they send.

One rule: pictures are drawn from the plant's truth alone; who looks at them, and what is read in them, is nobody's matter here.
"""
