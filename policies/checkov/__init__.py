"""The platform's own checks for checkov; also a directory for its `--external-checks-dir`."""
