"""AWS Signature Version 4 between services: sign, verify, keys, replays."""
