"""Suppressions: comments in a program that excuse failures, in each language that programs are written in."""
