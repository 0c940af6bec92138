"""The port's system: it is told which containers left the inspection centre, and says whether it takes them.

The one rule: a key that came before is answered as before and counted once.
"""
