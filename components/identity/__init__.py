"""Who may do what: policy statements as values, permission boundaries, roles."""
