"""A policy folder on its way to the admin function, which cuts it itself. Pure.

The function takes texts and declarations, never finished documents: what it stores, it has checked.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from pathlib import Path

from policies.calls.changing.errors import UnreadableFolderError
from policies.calls.changing.records import CallRecord
from policies.calls.changing.requests import PackedFolder, PolicyFile, PolicyFolder
from policies.calls.language.checking import check
from policies.calls.language.values import PolicySources, SourceText
from policies.calls.rehearsing.case_gate import read_case_values
from policies.calls.versions.catalogue import Catalogue, StoredCall
from policies.calls.versions.documents import JsonCase
from policies.calls.versions.slices import PolicyVersion, cut

MAX_BYTES = 128 * 1024 * 1024
"""Of a folder that is unpacked."""
_SCHEMA = Path("schema.cedarschema")


def pack_folder(sources: PolicySources, catalogue: Catalogue, cases: Sequence[JsonCase]) -> PackedFolder:
    """Pack a checked folder, without the permits of declared calls: they follow from the declarations."""
    declared = {f"{call.caller}-may-{call.intent}-on-{call.callee}" for call in catalogue.calls}
    folder = PolicyFolder(
        policies=[
            PolicyFile(path=policy.path.name, text=policy.text)
            for policy in sources.policies
            if policy.id not in declared
        ],
        schema=sources.schema,
        cases=[dict(case) for case in cases],
        services=list(catalogue.services),
        calls=[
            CallRecord(caller=call.caller, callee=call.callee, intent=call.intent) for call in catalogue.calls
        ],
    )
    text = folder.model_dump_json(by_alias=True)
    return PackedFolder(packed=base64.b64encode(zlib.compress(text.encode(), 6)).decode())


def cut_folder(packed: PackedFolder) -> PolicyVersion:
    """Unpack, check and cut a folder.

    Raises UnreadableFolderError, pydantic's ValidationError, PolicyError, InvalidCaseError or TooLargeError.
    """
    folder = PolicyFolder.model_validate_json(_unpack(packed.packed))
    calls = tuple(
        StoredCall(caller=call.caller, callee=call.callee, intent=call.intent) for call in folder.calls
    )
    documents = [SourceText(path=Path(file.path), text=file.text) for file in folder.policies]
    sources = check(SourceText(path=_SCHEMA, text=folder.schema_text), documents, calls)
    cases = [case.document() for case in read_case_values(folder.cases)]
    return cut(sources, Catalogue(services=tuple(folder.services), calls=calls), cases)


def _unpack(packed: str) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(base64.b64decode(packed, validate=True), MAX_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise UnreadableFolderError("the packed folder is not readable") from error
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise UnreadableFolderError(f"the folder is cut off, or larger than {MAX_BYTES} bytes")
    return data
