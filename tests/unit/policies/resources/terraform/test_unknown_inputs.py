"""The places among inputs that have no value yet, and values for them."""

from __future__ import annotations

from typing import Any

from policies.resources.graph.values import STACK_REFERENCE, UNKNOWN, Resource, Secret
from policies.resources.terraform.example_values import ABSENT, document_examples, examples
from policies.resources.terraform.names import terraform_names
from policies.resources.terraform.schema import Attribute, Kind, provider_schema
from policies.resources.terraform.unknowns import UnknownInput, unknown_inputs, with_values
from tests.support.resources.documents import urn

FUNCTION, KIND = "aws:lambda/function:Function", "aws_lambda_function"
ROLE, TOPIC = "aws:iam/role:Role", "aws:sns/topic:Topic"


def resource(references: dict[str, tuple[str, ...]] | None = None, **inputs: Any) -> Resource:
    return Resource(urn="u", token=FUNCTION, name="f", inputs=inputs, references=references or {})


def found(references: dict[str, tuple[str, ...]] | None = None, **inputs: Any) -> list[UnknownInput]:
    return list(unknown_inputs(resource(references, **inputs), KIND, terraform_names(), provider_schema()))


def test_every_place_is_found() -> None:
    """Inputs, attributes of blocks, items of lists and maps, and parts of documents."""
    places = found(
        name="f",
        role=UNKNOWN,
        layers=["a", UNKNOWN],
        vpcConfig={"subnetIds": UNKNOWN, "securityGroupIds": ["sg-1"]},
        environment={"variables": {"A": UNKNOWN, "B": "c"}},
        fileSystemConfig=UNKNOWN,
        noSuchInput=UNKNOWN,
    )
    assert {item.path: (item.top, item.attribute.kind, item.left_out) for item in places} == {
        ("role",): ("role", Kind.STRING, False),
        ("layers", 1): ("layers", Kind.STRING, True),
        ("vpcConfig", "subnetIds"): ("vpc_config", Kind.LIST, False),
        ("environment", "variables", "A"): ("environment", Kind.STRING, False),
        ("fileSystemConfig",): ("file_system_config", Kind.BLOCKS, False),
    }


def test_parts_of_documents_have_their_name() -> None:
    """In a policy the nearest name says what may stand there."""
    statement = {"Effect": "Allow", "Action": [UNKNOWN, "a:b"], "Principal": {"AWS": UNKNOWN}}
    role = Resource(urn="r", token=ROLE, name="r", inputs={"assumeRolePolicy": {"Statement": [statement]}})
    items = unknown_inputs(role, "aws_iam_role", terraform_names(), provider_schema())
    assert [(item.key, item.left_out) for item in items] == [("Action", True), ("AWS", True)]


def test_where_a_value_comes_from() -> None:
    """A resource's output will be there, and may name it; a stack reference's may be nothing."""
    (role,) = found({"role": (urn(ROLE, "r"),)}, role=UNKNOWN)
    assert (role.origin, role.target) == (True, urn(ROLE, "r"))
    (other,) = found({"role": (urn(TOPIC, "t"),)}, role=UNKNOWN)
    assert (other.origin, other.target) == (True, "")
    (stack,) = found({"role": (urn(STACK_REFERENCE, "s"),)}, role=UNKNOWN)
    assert (stack.origin, stack.target) == (False, "")
    (secret,) = found(role=Secret(value=UNKNOWN))
    assert (secret.origin, secret.hidden, secret.left_out) == (True, True, True)


def test_values_are_put_into_their_places() -> None:
    """A place takes its value, or goes; secrets stay secret, and the resource itself stays as it is."""
    it = resource(role=UNKNOWN, layers=["a", UNKNOWN], kmsKeyArn=Secret(value=UNKNOWN), name="f")
    filled = with_values(it, {("role",): ABSENT, ("layers", 1): "b", ("kmsKeyArn",): "k"})
    assert filled.inputs == {"layers": ["a", "b"], "kmsKeyArn": "k", "name": "f"}
    assert it.inputs["role"] is UNKNOWN
    assert with_values(it, {("layers", 1): ABSENT}).inputs["layers"] == ["a"]


def test_examples_are_of_their_kind() -> None:
    """Each kind has harmless and harmful values, what checks name, and nothing where that may be."""
    schema = provider_schema()

    def of(kind: Kind, *constants: Any, origin: bool = False) -> list[Any]:
        return examples(Attribute(kind=kind), constants, schema, origin=origin)

    assert of(Kind.BOOL) == [False, True, ABSENT]
    assert {0, 6, 7} <= set(of(Kind.NUMBER, 7, "x", origin=True))
    assert ["audit"] in of(Kind.LIST, "audit")
    assert [] in of(Kind.LIST, origin=True)
    assert {"TLSv1"} <= set(of(Kind.STRING, "TLSv1", 3))
    assert ABSENT not in of(Kind.STRING, origin=True)
    blocks = examples(schema.resource("aws_s3_bucket")["versioning"], ["Enabled"], schema, origin=True)
    assert {True, False} <= {block["enabled"] for block in blocks if block}
    assert [] in blocks


def test_examples_in_documents() -> None:
    """What may stand in a policy goes by its name there."""
    assert "*" in document_examples("Action", ())
    assert document_examples("NotAction", ()) == document_examples("Action", ())
    assert {"AWS": "*"} in document_examples("Principal", ())
    assert "x" in document_examples("sub", ("x", 3))
