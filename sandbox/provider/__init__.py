"""Creates, updates, deletes and reads resources on an emulated AWS: one small mapping for each type."""
