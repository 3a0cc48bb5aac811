"""Fetches temporary credentials of a function's role, as Lambda does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.cloud.access.keys import make_access_key
from sandbox.cloud.functions.configuration import FunctionConfiguration

log = logging.getLogger(__name__)


class RoleCredentials:
    """Assumes a function's role, with the function's name as the session's name, as Lambda does."""

    def __init__(self, aws: Callable[[str], Any]) -> None:
        """`aws` gives the boto3 client of a service."""
        self._aws = aws

    def __call__(self, configuration: FunctionConfiguration) -> Mapping[str, str]:
        """Return the environment variables that carry the credentials."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - not before ready

        try:
            answer = self._aws("sts").assume_role(
                RoleArn=configuration.role, RoleSessionName=configuration.name[:64].ljust(2, "-")
            )
        except (ClientError, BotoCoreError) as error:
            # the role may have been deleted already: nothing knows these keys, so nothing is answered
            log.warning("role %s of function %s: %s", configuration.role, configuration.name, error)
            return make_access_key().variables()
        given = answer["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }
