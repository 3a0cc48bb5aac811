"""Rules as data: governance policies, checks and guardrails."""
