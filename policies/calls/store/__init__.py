"""The policy table in DynamoDB: what reads it, and what writes it."""
