"""Which permissions the operations of each AWS service need, and on what: one module a service."""
