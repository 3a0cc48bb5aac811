"""The region that the stacks of an environment are deployed to: `aws:region` in their files.

The provider would refuse an unknown one too, but late, and without saying where it is written.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from stacks.config_file import ConfigFile
from stacks.errors import StackSettingsError

REGION_KEY = "aws:region"


@cache
def known_regions() -> frozenset[str]:
    """The codes of all regions that the installed AWS SDK knows, of every partition."""
    text = (files("botocore") / "data" / "partitions.json").read_text(encoding="utf-8")
    codes = (code for partition in json.loads(text)["partitions"] for code in partition["regions"])
    # the SDK's name for what belongs to no region
    return frozenset(code for code in codes if not code.endswith("-global"))


def check_region(values: Mapping[str, str], source: ConfigFile | None = None) -> None:
    """Raise StackSettingsError for a region that AWS does not have; it need not be set.

    `values` maps full keys to text; `source` is the file that they came from, for the place in the error.
    """
    region = values.get(REGION_KEY)
    if region is None or region in known_regions():
        return
    near = difflib.get_close_matches(region, sorted(known_regions()), n=1)
    hint = f"did you mean `{near[0]}`" if near else "write the code of a region, such as us-east-1"
    raise _error(
        f"`{region}` is no region of AWS", hint=f"{hint}; one newer than boto3 needs a newer boto3", at=source
    )


def common_region(sources: Iterable[ConfigFile]) -> str | None:
    """The region that the files of one environment agree on, None when they name none.

    Raises StackSettingsError at the first file that differs from the first one.
    """
    first, *others = sources
    region = first.values.get(REGION_KEY)
    for other in others:
        found = other.values.get(REGION_KEY)
        if found != region:
            raise _error(
                f"`{REGION_KEY}` is {_quoted(found)}, and {_quoted(region)} in {first.path.name}",
                hint="the stacks of an environment share one network: give all of them the same region",
                at=other,
            )
    return region


def _quoted(region: str | None) -> str:
    return "not set" if region is None else f"`{region}`"


def _error(message: str, *, hint: str, at: ConfigFile | None) -> StackSettingsError:
    return StackSettingsError(
        message,
        hint=hint,
        key=REGION_KEY,
        expected="a region of AWS",
        path=at.path if at else None,
        line=at.lines.get(REGION_KEY) if at else None,
    )
