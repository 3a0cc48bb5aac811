"""AWS's control planes, emulated by moto behind one HTTP server on the loopback interface."""
