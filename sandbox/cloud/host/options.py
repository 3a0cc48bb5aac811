"""The options of a sandbox, as a value that is passed to the background process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.cloud.time_scale import DEFAULT_TIME_SCALE


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPorts:
    """Ports of the loopback interface that were asked for; 0 takes a free one."""

    emulator: int = 0
    load_balancer: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """What a sandbox is started with: image table, the folder that its commands run in, ports and region.

    `time_scale`: how many seconds of AWS pass in one (see `sandbox.cloud.time_scale`).
    """

    images: Path
    project_root: Path
    ports: HostPorts = field(default_factory=HostPorts)
    region: str = "us-east-1"
    time_scale: float = DEFAULT_TIME_SCALE

    def to_json(self) -> str:
        """Write the options as JSON; paths become absolute."""
        document: dict[str, Any] = {
            "images": str(self.images.resolve()),
            "project_root": str(self.project_root.resolve()),
            "ports": asdict(self.ports),
            "region": self.region,
            "time_scale": self.time_scale,
        }
        return json.dumps(document)

    @classmethod
    def from_json(cls, text: str) -> HostOptions:
        """Read options that `to_json` wrote."""
        document = json.loads(text)
        return cls(
            images=Path(document["images"]),
            project_root=Path(document["project_root"]),
            ports=HostPorts(**document["ports"]),
            region=document["region"],
            time_scale=document["time_scale"],
        )
