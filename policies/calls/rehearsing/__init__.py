"""Asks a version that need not be published: cases, differences, explanations, replays."""
