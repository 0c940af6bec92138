"""Gates that speak JGS/T 14-2015: forms as XML in frames over TCP.

One rule: a frame is wholly right or it says nothing; what a form says is handed on as told, never judged.
"""
