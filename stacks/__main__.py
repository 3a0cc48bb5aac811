"""What `pulumi up` executes."""

from stacks.program import main

main()
