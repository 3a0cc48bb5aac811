"""A program of any size out of the corpus, as large ones are: the same few dozen types again and again."""

from __future__ import annotations

from tests.support.resources.corpus.connections import BELONGINGS
from tests.support.resources.corpus.groups import groups
from tests.support.resources.corpus.rendering import Written, known, unknown
from tests.support.resources.corpus.settings import SETTINGS
from tests.support.resources.documents import UNKNOWN

_KEY = Written(token="aws:kms/key:Key", name="key", inputs={"enableKeyRotation": True})


def estate(count: int) -> list[Written]:
    """So many resources: of settings two fifths good, two fifths bad, a fifth from a key or not known yet;
    every third with what belongs to another; every fourth a security group or a rule of one.
    """
    made = [_KEY]
    opened = groups()
    number = 0
    while len(made) < count:
        made.append(_setting(number))
        if number % 3 == 0:
            belonging = BELONGINGS[number // 3 % len(BELONGINGS)]
            value = [UNKNOWN] if belonging.by.endswith("Ids") else UNKNOWN
            made += [belonging.first(number), belonging.second(number, value, refers=True)]
        if number % 4 == 0:
            group = opened[number // 4 % len(opened)]
            made.append(Written(token=group.token, name=f"{group.name} {number}", inputs=group.inputs))
        number += 1
    return made[:count]


def _setting(number: int) -> Written:
    row = SETTINGS[number % len(SETTINGS)]
    if number % 5 < 4:
        inputs = known(row.good if number % 2 else row.bad)
        return Written(token=row.token, name=f"r{number}", inputs={**inputs, "description": f"r{number}"})
    keys = {name: _KEY.urn for name, value in row.good.items() if "key=True" in repr(value)}
    return Written(token=row.token, name=f"r{number}", inputs=unknown(row.good), refers=keys)
