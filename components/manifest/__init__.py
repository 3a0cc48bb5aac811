"""Service declarations: `services/<name>/service.toml` as validated values, and the call graph they form."""

from components.manifest.errors import DeclarationError, UnknownServiceError
from components.manifest.loader import load_services
from components.manifest.models import (
    CallDeclaration,
    ClientAuthentication,
    Health,
    Ingress,
    IntentDeclaration,
    Objectives,
    Runtime,
    Scaling,
    Service,
    Tier,
)
from components.manifest.services import Call, Edge, Services

__all__ = [
    "Call",
    "CallDeclaration",
    "ClientAuthentication",
    "DeclarationError",
    "Edge",
    "Health",
    "Ingress",
    "IntentDeclaration",
    "Objectives",
    "Runtime",
    "Scaling",
    "Service",
    "Services",
    "Tier",
    "UnknownServiceError",
    "load_services",
]
