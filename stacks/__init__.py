"""The Pulumi program: three layers, one stack per environment and layer."""
