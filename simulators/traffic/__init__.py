"""The day's goods and their papers. Knows no device and no program that reads the papers."""
