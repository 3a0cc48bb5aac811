"""Carries out the intents that a service offers: admits a call, runs its handler once, writes the answer."""
