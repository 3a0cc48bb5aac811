"""The audit trail: a chain of entries, and its verification."""
