"""Property values, URNs and resources: what every other part of the engine speaks in."""
