"""Commands that write the first files of something new."""
