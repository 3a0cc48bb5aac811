"""Going back to an earlier release: whether it can come back, and the files that it was made of."""
