"""KMS, asked for directly and by other services in the asker's name.

https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.cloud.authorization.need import Lookup, Need
from sandbox.cloud.authorization.received_call import ReceivedCall
from sandbox.cloud.iam.evaluation import NO_RESOURCE

WITHOUT_KEY = frozenset({"CreateKey", "GenerateRandom", "ListAliases", "ListKeys"})
KNOWN = frozenset({"kms:viaservice", "kms:encryptioncontext:", "kms:encryptioncontextkeys"})


def key_needs(call: ReceivedCall, lookup: Lookup) -> Iterator[Need]:
    """The key that is named, or under which a ciphertext was made."""
    action = f"kms:{call.operation}"
    if call.operation in WITHOUT_KEY:
        yield Need(action=action, resource=NO_RESOURCE, known=KNOWN)
        return
    if call.operation == "ReEncrypt":
        source = lookup.key_of_ciphertext(call.text("CiphertextBlob"))
        for way, key in (("From", source), ("To", lookup.key(call.text("DestinationKeyId")))):
            context = call.parameters.get(
                "SourceEncryptionContext" if way == "From" else "DestinationEncryptionContext"
            )
            yield Need(action=f"kms:ReEncrypt{way}", resource=key, keys=_context(context), known=KNOWN)
        return
    if call.operation in {"CreateAlias", "UpdateAlias", "DeleteAlias"}:
        alias = call.text("AliasName")
        yield Need(
            action=action, resource=f"arn:aws:kms:{lookup.region}:{lookup.account}:{alias}", known=KNOWN
        )
        yield _named(action, call.text("TargetKeyId") or alias, lookup)
        return
    context = _context(call.parameters.get("EncryptionContext"))
    named = call.text("KeyId")
    if named and call.operation != "Decrypt":
        yield _named(action, named, lookup, context)
        return
    # what a ciphertext was made with decides, whatever key is named beside it
    key = lookup.key_of_ciphertext(call.text("CiphertextBlob"))
    yield Need(action=action, resource=key, keys=context, known=KNOWN)


def _named(action: str, name: str, lookup: Lookup, context: Mapping[str, str] | None = None) -> Need:
    """The use of a key by its name; a request about one that does not exist is for the service to refuse."""
    key = lookup.key(name)
    return Need(action=action, resource=key, keys=context or {}, known=KNOWN, nothing_there=key is None)


def through(service: str, operation: str, key: str, lookup: Lookup, context: Mapping[str, str]) -> Need:
    """The use of a key by another service, in the name of whoever asks that service."""
    via = f"{service}.{lookup.region}.amazonaws.com"
    return Need(
        action=f"kms:{operation}",
        resource=key,
        keys={"kms:ViaService": via, **_context(context)},
        known=KNOWN,
        on_behalf=service,
    )


def _context(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        return {}
    return {f"kms:EncryptionContext:{name}": str(value) for name, value in given.items()}
