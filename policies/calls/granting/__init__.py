"""Signs grants: what a callee admits a call by. docs/wire.md defines their form."""
