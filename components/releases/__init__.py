"""The record of what was deployed when, by whom, and with which inputs."""
