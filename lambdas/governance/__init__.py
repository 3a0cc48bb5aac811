"""Governance: decides whether one service may do something to another, and publishes what it decides by."""
