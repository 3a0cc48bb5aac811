"""Who may call whom: the rules, their language, and everything that reads, asks and changes them."""
