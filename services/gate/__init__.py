"""The gate: stands before an application in any language, and does for it what the kit does for Python."""
