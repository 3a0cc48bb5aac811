"""Runs stacks/ the way Pulumi's Python language host does, and prints the types of what it registers.

The host starts the program with `runpy`, with the program's folder first on the import path; see
https://github.com/pulumi/pulumi/blob/master/sdk/python/cmd/pulumi-language-python-exec
"""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
from pathlib import Path


def main(root: Path, stack: str, outputs: str) -> None:
    """Record the program below `root`."""
    recorder = Path(__file__).with_name("recorder.py")
    spec = importlib.util.spec_from_file_location("recorder", recorder)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["recorder"] = module
    spec.loader.exec_module(module)
    program = root / "stacks"
    sys.path[0] = str(program)
    graph = module.record(
        lambda: runpy.run_path(str(program), run_name="__main__"),
        stack=stack,
        config={},
        root=root,
        stacks=json.loads(outputs),
    )
    sys.stdout.write(json.dumps(sorted(resource.type for resource in graph.resources)))


main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
