"""The topic that alarms publish to."""
