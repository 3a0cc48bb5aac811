"""What `myelin check` looks at, and how it says what it found."""
