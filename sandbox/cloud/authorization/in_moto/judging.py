"""Judges the needs of a request by the policies that are in moto now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sandbox.cloud.authorization.circumstances import context_of
from sandbox.cloud.authorization.in_moto.identities import Identities, Identity
from sandbox.cloud.authorization.in_moto.lookup import MotoLookup
from sandbox.cloud.authorization.in_moto.resource_policies import key_grants, resource_policy
from sandbox.cloud.authorization.in_moto.resource_tags import KNOWN, tag_keys
from sandbox.cloud.authorization.judgement import JudgedNeed
from sandbox.cloud.authorization.mappings.catalogue import needs_of
from sandbox.cloud.authorization.mappings.others import ALWAYS_ALLOWED
from sandbox.cloud.authorization.need import Need
from sandbox.cloud.authorization.received_call import ReceivedCall
from sandbox.cloud.iam.errors import PolicyDocumentError
from sandbox.cloud.iam.evaluation import AccessDecision, AccessRequest, ApplicablePolicies, decide
from sandbox.cloud.iam.principal import Principal, PrincipalKind, principal_of

GUARDED = frozenset({"dynamodb", "kms", "s3", "secretsmanager"})
"""The services of which a request is denied whose resource is not known: its own policy guards it."""


class MotoJudge:
    """Judges calls of users, roles and AWS services in one account."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._identities = Identities(account)

    def call(self, access_key: str, call: ReceivedCall, now: datetime) -> tuple[JudgedNeed, ...]:
        """What is decided of each need of a call, up to the first that is denied."""
        return self.needs(
            access_key, needs_of(call, MotoLookup(self._account, call.region)), call.region, now
        )

    def needs(
        self, access_key: str, needs: tuple[Need, ...], region: str, now: datetime
    ) -> tuple[JudgedNeed, ...]:
        """The same of needs that are known already."""
        try:
            identity = self._identities.find(access_key)
        except PolicyDocumentError as error:
            return (_unreadable(needs[0], error),)
        if identity is None:
            return (_unreadable(needs[0], None),)
        return self._judged(identity, needs, region, now)

    def service(self, name: str, call: ReceivedCall, now: datetime) -> tuple[JudgedNeed, ...]:
        """What is decided of a call of an AWS service for a function or task, whose name its session has."""
        kind = "lambda:{}:{}:function:{}" if name.startswith("lambda.") else "ecs:{}:{}:task/{}"
        source = "arn:aws:" + kind.format(call.region, self._account, call.text("RoleSessionName"))
        found = []
        for need in needs_of(call, MotoLookup(self._account, call.region)):
            keys = {**need.keys, "aws:SourceAccount": self._account, "aws:SourceArn": source}
            told = Need(action=need.action, resource=need.resource, keys=keys, known=need.known)
            found.append(told)
        asker = Identity(principal=principal_of(name), policies=(), boundary=None)
        return self._judged(asker, tuple(found), call.region, now)

    def _judged(
        self, identity: Identity, needs: tuple[Need, ...], region: str, now: datetime
    ) -> tuple[JudgedNeed, ...]:
        judged: list[JudgedNeed] = []
        for need in needs:
            if need.action in ALWAYS_ALLOWED:
                continue
            judged.append(self._one(identity, need, region, now))
            if not judged[-1].decision.allowed:
                break
        return tuple(judged)

    def _one(self, identity: Identity, need: Need, region: str, now: datetime) -> JudgedNeed:
        tags = tag_keys(self._account, region, need.resource)
        if tags is not None:
            need = replace(need, keys={**need.keys, **tags}, known=need.known | {KNOWN})
        request = AccessRequest(
            principal=identity.principal,
            action=need.action,
            resource=need.resource,
            context=context_of(need, region, now),
        )
        unknown_one = need.resource is None and not need.nothing_there
        if unknown_one and need.action.partition(":")[0] in GUARDED:
            # whatever an identity allows, the policy of the resource may deny it
            unknown = AccessDecision(allowed=False, unjudged=("on which resource it works",))
            return JudgedNeed(need=need, request=request, decision=unknown)
        try:
            policies = ApplicablePolicies(
                identity=identity.policies,
                boundary=identity.boundary,
                session=identity.session,
                resource=resource_policy(self._account, region, need.resource),
                grants=key_grants(self._account, region, need.resource),
            )
        except PolicyDocumentError as error:
            return _unreadable(need, error, identity.principal)
        return JudgedNeed(need=need, request=request, decision=decide(request, policies))


_UNKNOWN = Principal(kind=PrincipalKind.USER, arn="arn:aws:iam:::user/unknown")


def _unreadable(need: Need, error: PolicyDocumentError | None, asker: Principal = _UNKNOWN) -> JudgedNeed:
    """Whoever is not known any more, or has a policy that cannot be read, may do nothing."""
    said = "the identity, which does not exist any more" if error is None else error.message
    request = AccessRequest(principal=asker, action=need.action, resource=need.resource)
    return JudgedNeed(need=need, request=request, decision=AccessDecision(allowed=False, unjudged=(said,)))
