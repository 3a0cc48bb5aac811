"""Finds in the SDK's source which resource types take tags.

`python -m tests.policies.guardrails.taggable_types` writes the table of the tag rule anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pulumi_aws

from policies.guardrails.evaluation import kind_of
from policies.guardrails.tags import TABLE

_TOKEN = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'")
_TAGS = re.compile(r'__props__\.__dict__\["tags"\] = tags\b')


def expected() -> str:
    """The table: a token and its Terraform type a line, sorted."""
    tokens = set()
    for path in Path(pulumi_aws.__file__).parent.glob("*/*.py"):
        text = path.read_text(encoding="utf-8")
        if _TAGS.search(text):
            tokens.update(_TOKEN.findall(text))
    return "".join(f"{token} {kind_of(token)}\n" for token in sorted(tokens))


if __name__ == "__main__":
    TABLE.write_text(expected(), encoding="utf-8")
