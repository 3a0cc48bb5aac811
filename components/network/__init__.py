"""The VPC, its endpoints, and the security groups with their rules."""
