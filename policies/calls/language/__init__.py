"""Cedar text: read, guarded, parsed and checked, before anything is published."""
