"""What `myelin check` is made of: stacks run in process, the checks over them, the reports."""
