"""Records: the journal, its proof, the evidence store, and tables derived from the journal. It takes no decisions."""
