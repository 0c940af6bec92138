"""The people on the line. They see lanes, panels and papers, and what the daemon answers; nothing else."""
