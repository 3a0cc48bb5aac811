"""Faults that are played for a while: a service, a function, DynamoDB or Secrets Manager is slow or fails."""
