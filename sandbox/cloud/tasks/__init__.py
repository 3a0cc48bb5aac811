"""One task's life: its image, environment, process, health and end."""
