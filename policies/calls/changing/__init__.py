"""Changes the published policies: edits, drafts, publishing, checkpoints, collection."""
