"""The platform's own rules about resources, usable as a Pulumi policy pack, in checkov and in process."""
