"""Traces of calls as X-Ray has them: found, put together, drawn."""
