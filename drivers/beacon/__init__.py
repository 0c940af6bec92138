"""Stack lights and sounders on the network.

Rule: they only show; nothing is ever decided from what a tower shows.
"""
