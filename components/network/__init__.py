"""The VPC, its endpoints, and who may open a connection to whom."""
