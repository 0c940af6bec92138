"""Codecs of what customs and senders send: bytes in, values out.

One rule: no rules, no sockets, no clock in this room. `ceb603.parse`, `ceb604.parse` and `load_notice.parse` give a
`Parsed` and never raise; `writers` makes the same files from values. A large file takes seconds: callers run it off
the event loop.
"""
