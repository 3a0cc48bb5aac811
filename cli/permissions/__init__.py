"""What whoever deploys has to be allowed."""
