"""The table that governance policies are kept in."""
