"""The keys of a sandbox's identities, in the file format of AWS's own tools: a profile for each.

https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
"""

from __future__ import annotations

import configparser
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sandbox.cloud.access.errors import CredentialsFileError
from sandbox.cloud.access.keys import AccessKey
from sandbox.cloud.access.private_files import read_private_text

_KEY, _SECRET = "aws_access_key_id", "aws_secret_access_key"


def write(path: Path, keys: Mapping[str, AccessKey]) -> None:
    """Write the keys by their identities' names, atomically, for this user alone."""
    parser = _parser()
    for name, key in keys.items():
        parser[name] = {_KEY: key.id, _SECRET: key.secret}
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        parser.write(file)
    Path(temporary).replace(path)


def read(path: Path) -> dict[str, AccessKey]:
    """The keys by their identities' names. Raises CredentialsFileError, or NotPrivateError."""
    parser = _parser()
    try:
        parser.read_string(read_private_text(path))
        return {
            name: AccessKey(id=parser[name][_KEY], secret=parser[name][_SECRET]) for name in parser.sections()
        }
    except (OSError, UnicodeDecodeError, configparser.Error, KeyError) as error:
        raise CredentialsFileError(path) from error


def _parser() -> configparser.ConfigParser:
    return configparser.ConfigParser(interpolation=None, default_section="")
