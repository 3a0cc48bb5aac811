"""Service declarations: `services/<name>/service.toml` as validated values, and the call graph they form."""

from components.declarations.decisions import DECISIONS_AT_ONCE, decisions_at_once
from components.declarations.declaration import (
    CALLS_PORT,
    CLIENT_KEYS,
    GATE,
    GATE_TOKEN,
    CallDeclaration,
    ClientAuthentication,
    DeclaredHealthCheck,
    Ingress,
    IntentDeclaration,
    Objectives,
    Runtime,
    Scaling,
    ServiceDeclaration,
    Tier,
)
from components.declarations.deployment import DeploymentDeclaration, DeploymentStrategy, Pause
from components.declarations.errors import DeclarationError, UnknownServiceError
from components.declarations.loader import (
    RESERVED_NAMES,
    InspectedServices,
    can_name_service,
    inspect_services,
    load_services,
)
from components.declarations.rotation import RotationKind, SecretDeclaration
from components.declarations.services import Edge, ManifestCall, Services

__all__ = [
    "CALLS_PORT",
    "CLIENT_KEYS",
    "DECISIONS_AT_ONCE",
    "GATE",
    "GATE_TOKEN",
    "RESERVED_NAMES",
    "CallDeclaration",
    "ClientAuthentication",
    "DeclarationError",
    "DeclaredHealthCheck",
    "DeploymentDeclaration",
    "DeploymentStrategy",
    "Edge",
    "Ingress",
    "InspectedServices",
    "IntentDeclaration",
    "ManifestCall",
    "Objectives",
    "Pause",
    "RotationKind",
    "Runtime",
    "Scaling",
    "SecretDeclaration",
    "ServiceDeclaration",
    "Services",
    "Tier",
    "UnknownServiceError",
    "can_name_service",
    "decisions_at_once",
    "inspect_services",
    "load_services",
]
