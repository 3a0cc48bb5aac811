"""Whether a request can be read in one way only. Pure.

What is judged has to be what is carried out. A request that names its operation or its parameters in two
places may mean one thing to who judges it and another to who carries it out, so it is refused whoever signed
it. No AWS SDK makes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl

from sandbox.cloud.emulator.call import identify
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Environ

FORM = "application/x-www-form-urlencoded"
NAMED_BY_PATH = frozenset({"lambda", "s3", "xray"})
"""The services with REST protocols whose requests are understood: their operations are never in `Action`."""

SIGNED_IN_QUERY = frozenset({"s3", "sts"})
"""The services whose presigned requests mean what they are signed for."""

_CODINGS = frozenset({"", "identity", "aws-chunked"})


def second_meaning(environ: Environ) -> str | None:
    """Why a request could mean something else, too; None if it means one thing."""
    call = identify(environ)
    headers = [(name.lower(), value) for name, value in environ.get(HEADERS, ())]
    named = dict(headers)
    targets = [value for name, value in headers if name == "x-amz-target"]
    if "authorization" not in named and call.service not in SIGNED_IN_QUERY:
        return f"a presigned request is not understood for `{call.service}`"
    if named.get("content-encoding", "").strip().lower() not in _CODINGS:
        return "its body is compressed"
    if "action" in named:
        return "`Action` is a header of it"
    if len(targets) > 1 or any("," in value for value in targets):
        return "it has more than one `X-Amz-Target`"
    query = parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
    media = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip()
    if targets:
        return "it has parameters beside its JSON body" if query or media.lower() == FORM else None
    if call.service in NAMED_BY_PATH:
        return _of_path(query, media, environ)
    return _of_form(query, media, environ)


def _of_path(query: list[tuple[str, str]], media: str, environ: Environ) -> str | None:
    form = _fields(environ) if media.lower() == FORM else []
    if _actions(query) or _actions(form):
        return "it names an `Action` beside its path"
    return None


def _of_form(query: list[tuple[str, str]], media: str, environ: Environ) -> str | None:
    if media.lower().startswith("multipart/"):
        return "its body has parts"
    body = _fields(environ)
    names = [*_actions(query), *_actions(body)]
    if len(names) > 1 or (names and query and body):
        return "it has parameters in two places"
    if _actions(body) and media != FORM:
        return f"its body is a form, and its type is not `{FORM}`"
    if names and names[0] != identify(environ).action:
        return "its `Action` is not where it is looked for"
    fields = [name for name, _ in (query or body)] if names else []
    repeated = sorted({name for name in fields if fields.count(name) > 1})
    return f"it has `{repeated[0]}` more than once" if repeated else None


def _fields(environ: Environ) -> list[tuple[str, str]]:
    body: bytes = environ.get(BODY, b"")
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def _actions(fields: Iterable[tuple[str, str]]) -> list[str]:
    return [value for name, value in fields if name == "Action"]
