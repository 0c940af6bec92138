"""The public trace page 溯源: what whoever holds a released carton may learn of it, and nothing more.

One rule: it is a process of its own that only reads; no request of a stranger is work for the line.
"""
