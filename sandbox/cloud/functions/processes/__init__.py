"""Processes that run the code of functions, and the runtime API that they speak."""
