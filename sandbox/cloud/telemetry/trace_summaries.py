"""What X-Ray says of a trace as a whole: how long, what became of it, where it came in.

moto says that every trace took a millisecond, names no address, and finds no time shorter than a second.
https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any


def summarize(trace_id: str, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The summary of a trace with these segments, at least one."""
    ended = [document for document in documents if document.get("end_time") is not None]
    start = min(float(document["start_time"]) for document in documents)
    end = max((float(document["end_time"]) for document in ended), default=start)
    segments = [document for document in documents if document.get("type") != "subsegment"]
    without_parent = [document for document in segments if not document.get("parent_id")]
    root = min(without_parent or segments or documents, key=lambda document: float(document["start_time"]))
    http = root.get("http") or {}
    request, response = http.get("request") or {}, http.get("response") or {}
    said = {
        "HttpURL": request.get("url"),
        "HttpMethod": request.get("method"),
        "HttpStatus": response.get("status"),
    }
    return {
        "Id": trace_id,
        "Duration": end - start,
        "ResponseTime": max(
            0.0, float(root.get("end_time") or root["start_time"]) - float(root["start_time"])
        ),
        "HasFault": bool(root.get("fault")),
        "HasError": bool(root.get("error")),
        "HasThrottle": bool(root.get("throttle")),
        "IsPartial": len(ended) < len(documents),
        "Http": {name: value for name, value in said.items() if value is not None},
        "Annotations": _annotations(documents),
        "Users": [],
        "ServiceIds": [{"Name": name} for name in dict.fromkeys(str(one["name"]) for one in segments)],
    }


def _annotations(documents: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    waiting = list(documents)
    while waiting:
        document = waiting.pop(0)
        waiting.extend(document.get("subsegments") or ())
        for name, value in (document.get("annotations") or {}).items():
            typed = {"AnnotationValue": _typed(value), "ServiceIds": []}
            if typed not in found.setdefault(str(name), []):
                found[str(name)].append(typed)
    return found


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    return {"NumberValue": value} if isinstance(value, int | float) else {"StringValue": str(value)}


def install() -> None:
    """Have moto say these. Imports moto."""
    from moto.xray.models import SegmentCollection  # noqa: PLC0415 - moto is loaded late

    found: Any = SegmentCollection
    original = found.summary

    def summary(
        collection: Any, start_time: datetime, end_time: datetime, filter_expression: Any = None
    ) -> dict[str, Any]:
        if filter_expression is not None:
            # moto refuses it, and says so
            refused: dict[str, Any] = original(collection, start_time, end_time, filter_expression)
            return refused
        start, end = start_time.timestamp(), end_time.timestamp()
        summaries = [
            summarize(name, [json.loads(segment.raw) for segment in trace["segments"]])
            for name, trace in collection._traces.items()  # noqa: SLF001 - moto has no other name for it
            if trace["segments"] and start <= trace["segments"][0].start_time < end
        ]
        return {
            "ApproximateTime": end,
            "TracesProcessedCount": len(summaries),
            "TraceSummaries": summaries,
        }

    found.summary = summary
