"""Where governance policies and their audit trail are kept: a table and a locked bucket."""
