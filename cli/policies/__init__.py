"""What stands behind `myelin policy`: the sets that people name, and how results are shown."""
