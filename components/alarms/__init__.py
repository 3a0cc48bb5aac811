"""The alarms and the dashboard of a service, derived from what it declares: as a plan, and as resources."""
