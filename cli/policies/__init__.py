"""What stands behind `myelin policy` and `myelin audit`: sets by name, the admin client, results shown."""
