"""Commands about the images of services."""
