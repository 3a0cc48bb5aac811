"""Writes the first files of something new: planned, checked, then written whole or not at all."""
