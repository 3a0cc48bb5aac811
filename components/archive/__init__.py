"""The archive: buckets for the logs that AWS itself writes."""
