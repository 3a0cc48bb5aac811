"""Runs deployed Lambda code in processes of this machine, with AWS's own runtime client."""
