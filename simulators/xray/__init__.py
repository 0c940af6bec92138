"""A dual-energy X-ray machine: what it sees of cartons, and the files it drops. Knows no program that reads them."""
