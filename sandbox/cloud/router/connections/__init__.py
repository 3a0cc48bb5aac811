"""Connections of clients and tasks: ports that are bound, room for clients, connections that are kept."""
