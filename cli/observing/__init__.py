"""What CloudWatch knows of an environment: its alarms and metrics, as values and as lines."""
