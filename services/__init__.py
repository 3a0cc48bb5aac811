"""The services that ship with the platform."""
