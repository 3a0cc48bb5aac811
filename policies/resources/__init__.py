"""What may be deployed: rules about AWS resources, and how a stack is checked against them."""
