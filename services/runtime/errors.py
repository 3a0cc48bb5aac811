"""Errors of the services' runtime, under one root."""

from __future__ import annotations

from typing import ClassVar


class ServiceError(Exception):
    """Root of the errors that a service raises.

    `message` is lowercase without a full stop and quotes foreign input in backticks; `hint` says what to do
    next.
    """

    bad_input: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ServiceSettingsError(ServiceError):
    """An environment variable is missing or not valid. `variable` names the first one that is wrong."""

    def __init__(self, variable: str, problem: str, *, others: tuple[str, ...] = ()) -> None:
        """`others` are further variables that are wrong. Values are never quoted: they may be secret."""
        also = f" (also wrong: {', '.join(f'`{name}`' for name in others)})" if others else ""
        super().__init__(
            f"environment variable `{variable}` {problem}{also}",
            hint="the task definition sets it: compare it with the table in services/README.md",
        )
        self.variable = variable
        self.others = others


class SecretUnavailableError(ServiceError):
    """Secrets Manager did not give a secret.

    `secret_id` is its ARN, `code` AWS's error code or the kind of failure.
    """

    def __init__(self, secret_id: str, code: str) -> None:
        super().__init__(
            f"secret `{secret_id}` could not be read: {code}",
            hint="check the task role's secretsmanager:GetSecretValue and kms:Decrypt, and the VPC endpoints",
        )
        self.secret_id = secret_id
        self.code = code


class UnknownPeerError(ServiceError):
    """No signing key is configured for a peer.

    `peer` is the name of the service on the other end of the call.
    """

    def __init__(self, peer: str) -> None:
        super().__init__(
            f"no signing key is configured for `{peer}`",
            hint="declare the call under [[calls]] in the caller's service.toml",
        )
        self.peer = peer


class UnsignableRequestError(ServiceError):
    """A request cannot be signed so that its receiver sees the very same bytes.

    `part` says which part is at fault.
    """

    def __init__(self, part: str, problem: str) -> None:
        super().__init__(
            f"request cannot be signed: {part} {problem}", hint="send plain ASCII, percent-encoded"
        )
        self.part = part


class BodyTooLargeError(ServiceError):
    """A request body is larger than the service takes. `limit` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the request body is larger than {limit} bytes", hint="send less")
        self.limit = limit


class PayloadError(ServiceError):
    """A request's body that not every reader would understand alike, or that a policy cannot look at."""

    def __init__(self, problem: str) -> None:
        """`problem` says what is wrong, without repeating values."""
        super().__init__(problem, hint="send one JSON value in UTF-8, each name once")


class GrantKeysError(ServiceError):
    """The public keys of grants cannot be read, or were read too long ago to be relied on."""

    def __init__(self, problem: str) -> None:
        """`problem` says what is wrong with the secret, without its content."""
        super().__init__(
            f"the public keys of grants {problem}", hint="look at the rotation function and its last rotation"
        )


class ClientKeysError(ServiceError):
    """The keys of clients' tokens cannot be read, or were read too long ago."""

    def __init__(self, problem: str) -> None:
        """`problem` continues "the keys of clients' tokens"."""
        super().__init__(
            f"the keys of clients' tokens {problem}",
            hint="put the issuer's JWK Set into the service's secret `client-keys`, docs/clients.md",
        )


class IdempotencyError(ServiceError):
    """Nobody can say whether a deed was begun before: it may not be done now. `code` is AWS's."""

    def __init__(self, code: str) -> None:
        """Build the message out of AWS's code."""
        super().__init__(
            f"the record of the deed could not be written: {code}",
            hint="check the task role's dynamodb:PutItem and UpdateItem on the table, and the endpoint",
        )
        self.code = code


class HandlerError(ServiceError):
    """The handler of an intent is not one, or did not do what it is annotated with."""

    def __init__(self, handler: str, problem: str) -> None:
        """`handler` is its module and name."""
        super().__init__(
            f"the handler `{handler}` {problem}",
            hint="write it as `async def name(call: Call[Payload]) -> Result`",
        )
        self.handler = handler


class CallNotDeclaredError(ServiceError):
    """A call that the service does not declare: nothing is sent."""

    def __init__(self, service: str, target: str, intent: str) -> None:
        super().__init__(
            f"`{service}` declares no call `{intent}` on `{target}`",
            hint="declare it under [[calls]] in its service.toml",
        )
        self.target = target
        self.intent = intent


class IntentMismatchError(ServiceError):
    """A service declares other intents than it has handlers for."""

    def __init__(self, service: str, *, without_handler: list[str], undeclared: list[str]) -> None:
        lacking = [f"`{name}` is declared and has no handler" for name in without_handler]
        lacking += [f"`{name}` has a handler and is not declared" for name in undeclared]
        super().__init__(
            f"`{service}` does not do what it declares: {'; '.join(lacking)}",
            hint="make `[[intents]]` in its service.toml and the handlers in its app.py agree",
        )
