"""Telemetry: what the company's own systems see of the line, over MQTT.

One rule: it sends and never listens; nothing here changes state, and what is customs' own never leaves by this way.
"""
