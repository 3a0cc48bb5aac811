"""What a preview of many services costs: `python -m tests.benchmarks.scale`, a row a count.

Each is recorded in a process of its own, by the program that `pulumi up` runs: CPU seconds, most memory.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cli.checking.recorded import record_environment
from cli.project import find_project
from tests.support.recording.many_services import write_many

COUNTS = (10, 50, 100, 200)


def main() -> None:
    """Measure every count, or with `--one N` that one in this process."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--one", type=int, help="record so many services in this process")
    chosen = arguments.parse_args()
    if chosen.one is None:
        sys.stdout.write("services  resources  CPU seconds  MB\n")
        sys.stdout.flush()
        for count in COUNTS:
            subprocess.run([sys.executable, "-m", "tests.benchmarks.scale", "--one", str(count)], check=True)
        return
    with tempfile.TemporaryDirectory(prefix="myelin-bench-") as folder:
        project = find_project(write_many(Path(folder), chosen.one))
        begun = time.process_time()
        graphs = record_environment(project, "dev")
        seconds = time.process_time() - begun
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    resources = sum(len(graph.resources) for graph in graphs)
    sys.stdout.write(f"{chosen.one:8}  {resources:9}  {seconds:11.1f}  {megabytes:.0f}\n")


if __name__ == "__main__":
    main()
