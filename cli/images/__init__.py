"""Images of services: their content, their copies in the sandbox, the registry, which are wanted."""
