"""What makes the tables of this package, from the installed provider; no part of what is installed
elsewhere.
"""
