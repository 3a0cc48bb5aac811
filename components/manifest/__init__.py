"""Service declarations: `services/<name>/service.toml` as validated values, and the call graph they form."""

from components.manifest.errors import DeclarationError, UnknownServiceError
from components.manifest.loader import load_services
from components.manifest.models import (
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
from components.manifest.services import Edge, ManifestCall, Services

__all__ = [
    "CallDeclaration",
    "ClientAuthentication",
    "DeclarationError",
    "DeclaredHealthCheck",
    "Edge",
    "Ingress",
    "IntentDeclaration",
    "ManifestCall",
    "Objectives",
    "Runtime",
    "Scaling",
    "ServiceDeclaration",
    "Services",
    "Tier",
    "UnknownServiceError",
    "load_services",
]
