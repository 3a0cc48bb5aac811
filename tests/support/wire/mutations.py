"""Changes a signed request as an attacker would who has caught it, and says whether it still means the same.

What means the same is read from docs/sigv4.md, in the naive way: take the request apart, compare.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.support.wire.raw_requests import RawRequest, signed_request

ODD_BYTES = [bytes([code]) for code in b" \t\r\n\0:;,=/?#%&.-_aA09\x7f\x80\xff"] + [
    b"\r\n",
    b"\r\n ",
    b"%2e",
    b"  ",
]
GUARDED = (b"x-amz-", b"x-myelin-", b"idempotency-key")
Mutation = Callable[[Random, RawRequest], RawRequest]


def at(random: Random, data: bytes) -> int:
    return random.randrange(len(data) + 1)


def odd_byte(random: Random, data: bytes) -> bytes:
    """One byte more, less, or another one."""
    place, odd = at(random, data), random.choice(ODD_BYTES)
    return data[:place] + random.choice([odd, b"", odd]) + data[place + random.choice([0, 1]) :]


def field_change(change: Callable[[Random, bytes], bytes]) -> Mutation:
    """Applies a change to one header field."""

    def mutate(random: Random, request: RawRequest) -> RawRequest:
        place = random.randrange(len(request.fields))
        fields = list(request.fields)
        fields[place] = change(random, fields[place])
        return replace(request, fields=tuple(fields))

    return mutate


def value_change(change: Callable[[Random, bytes], bytes]) -> Mutation:
    """Applies a change to the value of one header field."""

    def mutate(random: Random, field: bytes) -> bytes:
        name, _, value = field.partition(b": ")
        return name + b": " + change(random, value)

    return field_change(mutate)


def field_from_another(random: Random, request: RawRequest) -> RawRequest:
    """One header field of another request, which is as well signed."""
    new = random.choice(signed_request().fields)
    old = request.named(new.partition(b":")[0])
    return replace(request, fields=tuple(new if field == old else field for field in request.fields))


def fields_in_another_order(random: Random, request: RawRequest) -> RawRequest:
    return replace(request, fields=tuple(random.sample(request.fields, len(request.fields))))


def field_gone(random: Random, request: RawRequest) -> RawRequest:
    gone = random.choice(request.fields)
    return replace(request, fields=tuple(field for field in request.fields if field != gone))


def field_again(random: Random, request: RawRequest) -> RawRequest:
    again = random.choice(request.fields)
    if random.random() < 0.5:
        again = again.partition(b":")[0] + b": " + random.choice([b"", b"1", b"x,y"])
    return replace(
        request, fields=(again, *request.fields) if random.random() < 0.5 else (*request.fields, again)
    )


def field_more(random: Random, request: RawRequest) -> RawRequest:
    names = [
        b"x-amz-meta",
        b"x-myelin-unproven",
        b"idempotency-key",
        b"x-other",
        b"content-encoding",
        b"x-http-method-override",
    ]
    return request.also(random.choice(names) + b": " + random.choice([b"1", b"", b"gzip", b"DELETE"]))


def authorization_change(random: Random, request: RawRequest) -> RawRequest:
    """Another part in the Authorization field, each in its own form."""
    old = request.named(b"authorization")
    changes: list[tuple[bytes, bytes]] = [
        (rb"orbit\.v1", b"web.v1"),
        (rb"orbit\.v1", b"orbit.v2"),
        (rb"eu-central-1", b"us-east-1"),
        (rb"/myelin/", b"/s3/"),
        (rb"host;", b""),
        (rb";x-myelin-tenant", b""),
        (rb"content-type;host", b"host;content-type"),
        (rb"content-type;", b"content-type;content-type;"),
        (rb", ", b","),
        (rb"AWS4-HMAC-SHA256", b"aws4-hmac-sha256"),
        (rb"Signature=.*", b"Signature=" + b"0" * 64),
        (rb"Signature=.", b"Signature="),
        (rb"$", b", Signature=" + b"0" * 64),
    ]
    pattern, new = random.choice(changes)
    return replace(
        request,
        fields=tuple(re.sub(pattern, new, field) if field == old else field for field in request.fields),
    )


def other_line(random: Random, request: RawRequest) -> RawRequest:
    """Another method, target, version, or another way to write them."""
    method = random.choice([b"POST"] * 12 + [b"GET", b"PUT", b"post", b"POSt", b"OPTIONS", b"CONNECT"])
    target = random.choice(
        [b"/balance"] * 3
        + [
            b"/balance?",
            b"/balance?a",
            b"/balance?a=",
            b"/balance?=",
            b"/balance?&",
            b"/balance#",
            b"/balance#x",
            b"//balance",
        ]
        + [
            b"/./balance",
            b"/a/../balance",
            b"/balance/",
            b"/balance/.",
            b"/balanc%65",
            b"/Balance",
            b"/balance%00",
            b"/balance;a",
        ]
        + [
            b"http://ledger:9000/balance",
            b"http://evil/balance",
            b"balance",
            b"*",
            b"/credit",
            b"/balance%20",
            b"\\balance",
        ]
    )
    version = random.choice([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2", b"http/1.1", b""])
    space = random.choice([b" "] * 8 + [b"  ", b"\t"])
    return replace(request, line=method + space + target + space + version)


def other_body(random: Random, request: RawRequest) -> RawRequest:
    """Other bytes, of which the head knows the number."""
    body = odd_byte(random, request.body)
    return replace(request.without(b"content-length").also(b"content-length: %d" % len(body)), body=body)


def other_framing(random: Random, request: RawRequest) -> RawRequest:
    """The body in chunks; now and then not quite."""
    trailer = random.choice([b"", b"x-myelin-tenant: evil\r\n", b"host: evil\r\n", b"x-a: 1\r\n", b"bad\r\n"])
    framed = request.chunked(random.randrange(1, 30), trailer=trailer)
    first = random.choice([rb"\1"] * 4 + [rb"0x\1", rb"0\1", rb"+\1", rb"\1;a=b", rb"\1 ", rb"-\1", rb"1\1"])
    framed = replace(framed, body=re.sub(rb"\A([0-9a-f]+)", first, framed.body))
    return framed.also(b"content-length: 5") if random.random() < 0.1 else framed


MUTATIONS: tuple[Mutation, ...] = (
    field_change(odd_byte),
    value_change(odd_byte),
    value_change(
        lambda random, value: random.choice([b"", b" ", b"\t"]) + value + random.choice([b" ", b"\t ", b""])
    ),
    value_change(lambda _, value: value.swapcase()),
    value_change(lambda _, value: value.replace(b" ", b"  ") if b" " in value else value + b"  x"),
    value_change(lambda random, value: value + random.choice([b",", b", x", b"\r\n x", b";"])),
    value_change(lambda random, value: value[: at(random, value)]),
    field_change(lambda _, field: field.partition(b":")[0].upper() + field[field.index(b":") :]),
    field_change(lambda random, field: random.choice([b" ", b"\t", b""]) + field.replace(b":", b" :", 1)),
    field_from_another,
    fields_in_another_order,
    field_gone,
    field_again,
    field_more,
    authorization_change,
    other_line,
    other_body,
    lambda random, request: replace(request, body=odd_byte(random, request.body)),
    lambda random, request: replace(request, line=odd_byte(random, request.line)),
)
FRAMINGS: tuple[Mutation, ...] = (other_framing, *[lambda _random, request: request] * 4)


def mutated(random: Random, request: RawRequest) -> bytes:
    """The bytes of a request that was changed in one to three places."""
    for mutation in random.choices(MUTATIONS, k=random.choice([1, 1, 1, 2, 3])):
        # the field that it is about may be there no more, or twice
        with contextlib.suppress(ValueError):
            request = mutation(random, request)
    with contextlib.suppress(ValueError):
        request = random.choice(FRAMINGS)(random, request)
    data = bytes(request)
    return odd_byte(random, data) if random.random() < 0.1 else data


def means_the_same(request: RawRequest, data: bytes) -> bool:
    """Whether `data` is another spelling of `request`, of those that docs/sigv4.md names."""
    head, _, rest = data.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    if not re.fullmatch(rb"POST /balance\?? HTTP/1\.[01]", line):
        return False
    signed = re.search(rb"SignedHeaders=([^,]*)", request.named(b"authorization"))
    assert signed
    covered = {*signed[1].split(b";"), b"authorization"}
    if read_fields(fields, covered) != read_fields(list(request.fields), covered):
        return False
    everything = dict(read_fields(fields, None))
    if everything.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = read_chunks(rest)
    else:
        body = rest[: int(everything.get(b"content-length") or 0)]
    return body == request.body


def read_fields(fields: list[bytes], covered: set[bytes] | None) -> list[tuple[bytes, bytes]]:
    """Names and values that count, sorted; all of them if nothing is `covered`."""
    pairs = [
        (name.lower(), value.strip(b" \t")) for name, _, value in (field.partition(b":") for field in fields)
    ]
    return sorted(
        pair for pair in pairs if covered is None or pair[0] in covered or pair[0].startswith(GUARDED)
    )


def read_chunks(data: bytes) -> bytes:
    body = b""
    while match := re.match(rb"([0-9a-fA-F]+)[^\r\n]*\r\n", data):
        size, start = int(match[1], 16), match.end()
        body += data[start : start + size]
        data = data[start + size + 2 :]
        if not size:
            break
    return body
