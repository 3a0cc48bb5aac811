"""The alarms of a service, derived from what it declares: each alone as a plan, and together as resources."""
