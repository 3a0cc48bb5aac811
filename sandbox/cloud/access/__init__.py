"""Who may use a sandbox: its keys, signatures made with them, and what keeps others out."""
