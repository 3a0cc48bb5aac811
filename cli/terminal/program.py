"""How this program is called, for lines that a person copies."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NAME = "myelin"


def program_name() -> str:
    """`myelin` where the shell finds this one by that name, else its path, from here if that is shorter."""
    own = Path(sys.executable).with_name(NAME)
    found = shutil.which(NAME)
    if not own.exists() or (found and own.samefile(found)):
        return NAME
    path = os.path.relpath(own)
    return min(path if os.sep in path else f"{os.curdir}{os.sep}{path}", str(own), key=len)
