"""Behind `myelin policy` and `myelin audit`: the admin client, policy sets by name, results shown."""
