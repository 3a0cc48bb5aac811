"""Deploying chosen services with chosen images: checked before, followed to the end, and told as it was."""
