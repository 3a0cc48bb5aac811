"""Function URLs: signatures, events, responses."""
