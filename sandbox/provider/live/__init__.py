"""How a resource is by now, in the words of its inputs."""
