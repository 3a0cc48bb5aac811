"""What surrounds each request that a service takes."""
