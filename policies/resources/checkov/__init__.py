"""The platform's own checks for those who run checkov themselves, with `--external-checks-dir`."""
