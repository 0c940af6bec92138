"""Days told as scenes: what happens, to which cartons, and how each must end."""
