"""The private load balancer: listeners, target groups and rules."""
