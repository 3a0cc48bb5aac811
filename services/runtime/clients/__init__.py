"""Who a client of the door is, if the service asks for that: a bearer token, verified against known keys."""
