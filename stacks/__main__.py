"""What `pulumi up` executes."""

import pulumi

from components.errors import ComponentError
from stacks.errors import StackError
from stacks.program import main

try:
    main()
except (StackError, ComponentError) as error:
    # Pulumi shows a RunError as it is, and any other with the whole trace
    raise pulumi.RunError(f"{error}: {error.hint}") from error
