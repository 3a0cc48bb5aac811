"""The sandbox: AWS emulated on one machine, for rehearsal."""
