"""The sandbox as a resource plugin of Pulumi: its own engine deploys into the sandbox."""
