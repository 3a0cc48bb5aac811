"""What every service stands on; README.md has its parts, and the way of a request through them."""
