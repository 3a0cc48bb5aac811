"""The policy of whoever deploys to a sandbox."""

from __future__ import annotations

import json

ADMINISTRATOR_NAME = "administrator"
ADMINISTRATOR = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
"""Everything but what the policies of resources and keys deny."""
