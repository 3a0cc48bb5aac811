"""Does a deed once for each idempotency key, whichever instance is asked, and however often."""
