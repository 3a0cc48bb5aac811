"""Runs all checks over a graph: checkov on the translated plan, the guardrails on the graph itself."""
