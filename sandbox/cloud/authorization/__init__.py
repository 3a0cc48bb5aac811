"""Holds requests to the emulated AWS to IAM: what each asks for, and who refuses it."""
