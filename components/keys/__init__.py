"""KMS keys: one a service, one for the signing keys of calls, one for the platform."""
