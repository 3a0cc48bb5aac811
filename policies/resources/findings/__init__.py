"""What checks found, what excuses it, and how it is reported."""
