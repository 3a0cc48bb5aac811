"""Code archives on disk, ready to be run."""
