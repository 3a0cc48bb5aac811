"""Property values in protobuf, as a program and its engine exchange them; wire.py has what is marked in them.

A module of its own: reading a recorded state needs no protobuf, which takes long to import.
"""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf import struct_pb2

from sandbox.engine.values.properties import PropertyMap, PropertyValue
from sandbox.engine.values.wire import Json, decode, encode


def decode_struct(struct: struct_pb2.Struct, *, hash_assets: bool = False) -> PropertyMap:
    """Read the properties of a request; whole numbers become int, as the program wrote them.

    Raises what `decode` raises.
    """
    return {name: decode(_json(value), hash_assets=hash_assets) for name, value in struct.fields.items()}


def encode_struct(properties: Mapping[str, PropertyValue]) -> struct_pb2.Struct:
    """Write the properties of an answer; null is as good as absent."""
    struct = struct_pb2.Struct()
    struct.update({name: encode(value) for name, value in properties.items() if value is not None})
    return struct


def _json(value: struct_pb2.Value) -> Json:
    match value.WhichOneof("kind"):
        case "struct_value":
            return {name: _json(item) for name, item in value.struct_value.fields.items()}
        case "list_value":
            return [_json(item) for item in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None
