"""The life of a service process: start, health, drain, its clients of AWS."""
