"""Resource types made real on an emulated AWS: one small mapping per type, on boto3."""
