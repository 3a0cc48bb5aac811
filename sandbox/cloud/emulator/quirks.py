"""Corrects moto 5.2 where it differs from AWS or is needlessly slow; one function each, with its reason.

Nothing here changes what a call means; each function can go when moto no longer needs it.
"""

from __future__ import annotations

import copy
import functools
import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from sandbox.cloud.emulator.call import identify
from sandbox.cloud.emulator.error_response import error_response
from sandbox.cloud.emulator.wsgi import HEADERS, Application, Environ, StartResponse, WsgiResponse, capture

ENVIRONMENT = {
    # 1,300 machine images cost half a second and 20 MB; nothing here starts an EC2 instance
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}


def set_environment() -> None:
    """Set moto's switches; most are read when it is imported."""
    os.environ.update(ENVIRONMENT)


def share_botocore_data() -> None:
    """Let all botocore sessions of this process share one loader.

    moto's EC2 makes eleven sessions while it is imported, and each reads the same files again: 0.9 s.
    """
    import botocore.loaders  # noqa: PLC0415 - slow imports happen in the background, not when the host starts
    import botocore.session  # noqa: PLC0415

    botocore.session.create_loader = functools.cache(botocore.loaders.create_loader)


def remember_modules() -> None:
    """Cache what moto looks up again and again although it cannot change while the process runs.

    For each request moto lists its own folder twice (180 `stat` calls) and inspects the class that responds:
    2 ms. For the model of each service it looks through botocore's 400 folders: 10 ms.
    """
    import moto.backends  # noqa: PLC0415
    import moto.core.responses  # noqa: PLC0415
    import moto.core.utils  # noqa: PLC0415

    modules = tuple(moto.backends.list_of_moto_modules())
    moto.backends.list_of_moto_modules = lambda: modules
    responses: Any = moto.core.responses
    responses.method_names_from_class = _names_until_they_grow(responses.method_names_from_class)
    models: Any = moto.core.utils
    models.create_loader = functools.cache(models.create_loader)


def _names_until_they_grow(names_of: Callable[[type], list[str]]) -> Callable[[type], list[str]]:
    """Cache the names of a class's methods until it is given a further one."""

    @functools.cache
    def names(clazz: type, _: int) -> list[str]:
        return names_of(clazz)

    return lambda clazz: names(clazz, sum(len(vars(base)) for base in clazz.__mro__))


def read_requests_in_one_way() -> None:
    """Keep moto from looking for operations and parameters where AWS has none.

    moto reads `Action` and parameters in the query, in a JSON body taken for a form, and in headers, and
    prefers them to `X-Amz-Target`, path and JSON: a value such as `a&Action=DeleteSecret` became the call.
    """
    import moto.core.responses  # noqa: PLC0415

    responses: Any = moto.core.responses
    response = responses.BaseResponse
    if hasattr(response, "reads_in_one_way"):
        return
    response.reads_in_one_way = True
    name_operation, set_up = response._get_action, response.setup_class  # noqa: SLF001 - moto's own

    def _get_action(self: Any) -> Any:
        target = self.headers.get("x-amz-target", "")
        if target:
            return target.rpartition(".")[2]
        if _is_rest(self):
            return self._get_action_from_method_and_request_uri(self.normalized_request)
        return name_operation(self)

    def setup_class(self: Any, request: Any, *arguments: Any, **named: Any) -> None:
        self.headers = request.headers
        self.normalized_request = request
        set_up(self, request, *arguments, **named)
        if request.headers.get("x-amz-target"):
            self.querystring = self.data = {}
        elif _is_rest(self):
            self.querystring = self.data = parse_qs(self.parsed_url.query, keep_blank_values=True)

    def _is_rest(self: Any) -> bool:
        try:
            model = responses.get_service_model(self.boto3_service_name)
        except Exception:  # noqa: BLE001 - a service of moto's own, that AWS does not have
            return False
        return bool(model.protocol == "rest-json")

    response._get_action, response.setup_class = _get_action, setup_class  # noqa: SLF001


def close_cors() -> None:
    """Keep web pages from reading responses: moto allows every origin.

    moto's environment variable for this only works before moto is imported.
    """
    import moto.moto_server.werkzeug_app  # noqa: PLC0415

    server: Any = moto.moto_server.werkzeug_app
    server.DISABLE_GLOBAL_CORS = True


def accept_certificates() -> None:
    """Accept any certificate ARN for a listener: a stack names certificates that exist before it.

    Nothing here has a private key, and the router listens without TLS.
    """
    import moto.elbv2.models  # noqa: PLC0415

    models: Any = moto.elbv2.models
    models.register_certificate = lambda **_: None
    models.ELBv2Backend._certificate_exists = lambda _self, certificate_arn: bool(certificate_arn)  # noqa: SLF001


def miss_keys_as_aws_does() -> None:
    """Say of a KMS key that is not there that it is not found: in CreateGrant moto fails with a KeyError."""
    from moto.kms.exceptions import NotFoundException  # noqa: PLC0415
    from moto.kms.models import KmsBackend  # noqa: PLC0415

    backend_class: Any = KmsBackend
    describe = backend_class.describe_key

    def describe_key(backend: Any, key_id: str) -> Any:
        try:
            return describe(backend, key_id)
        except KeyError:
            raise NotFoundException(f"Key '{key_id}' does not exist") from None

    backend_class.describe_key = describe_key


def copy_tables_cheaply() -> None:
    """Copy a DynamoDB table for a transaction without copying every value in it.

    For each item of a transaction moto makes a deep copy of the item's whole table, to restore it if a
    condition fails: seconds for eight items in a table of tens of megabytes. Here the copy has the table's
    items as they are now, but shares their texts and numbers, which are never changed in place.
    """
    from moto.dynamodb.models.dynamo_type import Item, LimitedSizeDict  # noqa: PLC0415
    from moto.dynamodb.models.table import Table  # noqa: PLC0415

    def copied(item: Any) -> Any:
        if any(value.type in _CHANGED_IN_PLACE for value in item.attrs.values()):
            return copy.deepcopy(item)
        made: Any = Item.__new__(Item)
        vars(made).update(vars(item))
        made.attrs = LimitedSizeDict.__new__(LimitedSizeDict)
        dict.update(made.attrs, item.attrs)
        return made

    def deep_copy(table: Any, memo: dict[int, Any]) -> Any:
        made = copy.copy(table)
        made.items = defaultdict(dict)
        for name, held in table.items.items():
            if isinstance(held, dict):
                made.items[name] = {key: copied(item) for key, item in held.items()}
            else:
                made.items[name] = copied(held)
        made.stream_shard = copy.deepcopy(table.stream_shard, memo)
        return made

    tables: Any = Table
    tables.__deepcopy__ = deep_copy


def delete_policies_with_tables() -> None:
    """Delete a DynamoDB table's resource policy with it: moto keeps it for the next table of the name."""
    from moto.dynamodb.models import DynamoDBBackend  # noqa: PLC0415

    delete_table = DynamoDBBackend.delete_table

    def deleted(backend: Any, name: str) -> Any:
        table = delete_table(backend, name)
        backend.resource_policies.pop(table.table_arn, None)
        return table

    backends: Any = DynamoDBBackend
    backends.delete_table = deleted


def track_no_instances() -> None:
    """Let go of what is deleted: moto keeps a list of every object that any model ever made.

    Only its own web page shows these lists. With them no log event, trace segment or item of a table is ever
    given back to the system: some 8 KB for each request that a service answers.
    """
    from moto.core.common_models import BaseModel  # noqa: PLC0415

    def make(cls: type[Any], *_arguments: Any, **_named: Any) -> Any:
        return object.__new__(cls)

    base: Any = BaseModel
    base.__new__ = make


_CHANGED_IN_PLACE = frozenset({"M", "L", "SS", "NS", "BS"})


def leave_bucket_policies_out() -> None:
    """Do not enforce bucket policies: moto ignores their conditions, so "deny without TLS" denies everything.

    They are stored and described; sandbox/cloud/authorization judges them with the rest of IAM.
    """
    import moto.s3.models  # noqa: PLC0415
    from moto.iam.access_control import PermissionResult  # noqa: PLC0415

    bucket: Any = moto.s3.models.FakeBucket
    bucket.get_permission = lambda _self, _action, _resource: PermissionResult.NEUTRAL


class HeaderNamesMiddleware:
    """Gives moto the S3 metadata headers under the names they were sent with.

    Names with an underscore are kept out of a WSGI environ (they could pose as another header); moto's own
    server tells the application their spelling for `x-amz-meta-*`, and moto looks for exactly these keys.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Add the metadata headers to the environ under the keys that moto looks for."""
        names: dict[str, str] = {}
        for name, value in environ.get(HEADERS, ()):
            if "_" in name and name.startswith("x-amz-meta-"):
                key = "HTTP_" + name.upper().replace("-", "_")
                names[key] = name
                environ[key] = value
        environ["moto.preserved_header_names"] = names
        return self._application(environ, start_response)


class NotImplementedMiddleware:
    """Answers 501 for an operation that moto lacks.

    moto raises NotImplementedError, which a server turns into a 500: botocore takes that for a passing
    failure, tries again four times with growing pauses, and the reason is lost. Or it has no route, and
    answers a web page.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the call on, and answer 501 with the operation's name if moto lacks it."""
        try:
            answer = capture(self._application, environ)
        except NotImplementedError as error:
            call = identify(environ)
            answer = _not_implemented(environ, f"{call.service} {call.action}: {error}")
        # no route at all: AWS's own 404s are XML or JSON, or have no body as they answer HEAD
        if answer.status_code == 404 and _is_page(answer) and environ["REQUEST_METHOD"] != "HEAD":
            call = identify(environ)
            answer = _not_implemented(environ, f"{call.service} {call.action}")
        return answer.send(start_response)


def _is_page(answer: WsgiResponse) -> bool:
    return any(
        name.lower() == "content-type" and value.startswith("text/html") for name, value in answer.headers
    )


def _not_implemented(environ: Environ, detail: str) -> WsgiResponse:
    return error_response(environ, "501 Not Implemented", "NotImplemented", f"not emulated: {detail}")
