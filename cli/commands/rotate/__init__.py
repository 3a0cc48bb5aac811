"""`myelin rotate`: secrets and keys, on demand."""
