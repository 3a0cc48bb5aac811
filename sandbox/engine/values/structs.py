"""Properties as protobuf carries them: a Struct, whose numbers are all floating-point.

Source: https://protobuf.dev/reference/protobuf/google.protobuf/#struct
"""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf import struct_pb2

from sandbox.engine.values.wire import Value, Wire


def from_struct(struct: struct_pb2.Struct) -> Wire:
    """Turn a protobuf Struct into a dict; whole numbers become int, as a program wrote them."""
    return {name: _from_value(value) for name, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Value:
    match value.WhichOneof("kind"):
        case "struct_value":
            return from_struct(value.struct_value)
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def to_struct(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """Turn a dict into a protobuf Struct."""
    struct = struct_pb2.Struct()
    struct.update({name: value for name, value in properties.items() if value is not None})
    return struct
