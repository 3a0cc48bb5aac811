"""Runs functions under moto's Lambda model."""
