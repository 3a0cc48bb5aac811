"""Lambda functions: a row of values for each, one component for all, and their code archives."""
