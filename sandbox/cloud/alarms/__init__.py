"""The alarms of the emulated CloudWatch: how each is evaluated, whom it tells, and the loop that does so."""
