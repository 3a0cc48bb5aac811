"""Processes that run the code of functions, and the Lambda runtime API that they use."""
