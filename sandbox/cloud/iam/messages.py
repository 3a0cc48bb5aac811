"""A denial in AWS's words.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from sandbox.cloud.iam.evaluation import NO_RESOURCE, AccessDecision, AccessRequest


def denial_message(request: AccessRequest, decision: AccessDecision) -> str:
    """What AWS answers, and after it what was not judged."""
    message = f"User: {request.principal.spoken} is not authorized to perform: {request.action}"
    if request.resource not in (None, NO_RESOURCE):
        message += f" on resource: {request.resource}"
    if decision.kind is None:
        return f"{message} because what would decide it can not be judged: {', '.join(decision.unjudged)}"
    if decision.explicit:
        article = "an" if str(decision.kind).startswith("i") else "a"
        message += f" with an explicit deny in {article} {decision.kind}"
    else:
        message += f" because no {decision.kind} allows the {request.action} action"
    if decision.unjudged:
        message += f" (the sandbox did not judge {', '.join(decision.unjudged)})"
    return message
