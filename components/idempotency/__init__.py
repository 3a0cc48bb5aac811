"""Records of what was done, so that nothing is done twice."""
