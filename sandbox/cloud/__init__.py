"""The emulated AWS: one background process, and the processes of functions and services that it runs."""
