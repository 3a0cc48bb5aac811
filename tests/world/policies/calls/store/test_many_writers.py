"""Many writers and readers at once, against the sandbox's own DynamoDB. GOV-2."""

from __future__ import annotations

import json
import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config

from policies.calls.changing.editing import ChangeRequest, Editor
from policies.calls.changing.listing import POINTER_MOVES
from policies.calls.changing.records import ChangeResult
from policies.calls.store.errors import PublishConflictError, StoreUnreachableError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.trail.chain import verified_entries, verify_chain
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.version import StoredVersion
from sandbox.cloud.emulator.emulator import Emulator
from tests.support.effort import effort
from tests.support.governance.publishing import publish

log = logging.getLogger(__name__)
WRITERS = READERS = 20
CHANGES = effort(1)
"""How many changes each writer tries to make."""
PATIENCE = 120 * effort(1)
"""Seconds after which the test gives up."""
CATALOGUE = Catalogue(services=("axon", "orbit"))

Seen = dict[str, dict[str, str]]
"""Version -> the text of each of its policies by id."""


class KilledError(BaseException):
    """The end of a process, wherever it is."""


class Mortal:
    """A client whose process may end right before or right after any call that writes."""

    def __init__(self, client: Any, chance: float) -> None:
        self._client = client
        self._chance = chance
        self.exceptions = client.exceptions

    def __getattr__(self, name: str) -> Callable[..., Any]:  # noqa: D105
        def call(**arguments: Any) -> Any:
            writes = name in ("batch_write_item", "transact_write_items")
            fate = random.random() / self._chance if writes and self._chance else 1.0
            if fate < 0.5:
                raise KilledError
            answer = getattr(self._client, name)(**arguments)
            if fate < 1.0:
                raise KilledError
            return answer

        return call


@pytest.fixture
def server(dynamodb: Any) -> Iterator[str]:
    emulator = Emulator(ping=dict, status=dict, shutdown=lambda: None, token="", preloaded=())
    emulator.start()
    yield emulator.endpoint
    emulator.stop()


def text(name: str, count: int) -> str:
    return f'@id("{name}") @reason("{count}") permit (principal, action == Action::"reason", resource);'


def write(
    name: str, client: Any, start: threading.Barrier, mortal: bool
) -> tuple[list[ChangeResult], Counter[str]]:
    """Change one policy again and again; every second writer changes the one that all of those share."""
    done: list[ChangeResult] = []
    outcomes: Counter[str] = Counter()
    start.wait(PATIENCE)
    for count in range(CHANGES):
        dying = Mortal(client, 0.05 if mortal else 0.0)
        editor = Editor(PolicyStore(dying, "policies"), PolicyLedger(dying, "policies"))
        try:
            result = editor.put(
                name, text(name, count), ChangeRequest(actor=f"{name}-{threading.get_ident()}")
            )
        except PublishConflictError as error:
            assert error.expected != error.found  # noqa: PT017 - counted, not expected
            outcomes["conflict"] += 1
        except StoreUnreachableError:
            outcomes["busy"] += 1
        except KilledError:
            outcomes["killed"] += 1
        else:
            done.append(result)
            outcomes["done"] += 1
    return done, outcomes


def read(client: Any, start: threading.Barrier, written: threading.Event, seen: Seen) -> int:
    """Follow the pointer and read the whole version, until everything is written."""
    count = 0
    store = PolicyStore(client, "policies")
    start.wait(PATIENCE)
    while not count or not written.wait(2):
        pointer = store.pointer()
        assert pointer is not None
        version = StoredVersion(store, pointer.version)
        found = {rule.id: rule.text for rule, _ in version.policies()}
        assert len(found) == version.index.policies
        assert seen.setdefault(pointer.version, found) == found
        count += 1
    return count


@pytest.mark.costly("forty threads with AWS between them")
@pytest.mark.no_cover
def test_twenty_writers_and_twenty_readers_at_once(dynamodb: Any, policy: Any, server: str) -> None:
    """No update is lost, no reader sees a mix, and the trail tells exactly what happened.

    Every fourth writer dies at random points; what it leaves is a whole version, or the one before.
    """
    config = Config(max_pool_connections=64, retries={"total_max_attempts": 1})
    client = boto3.client("dynamodb", endpoint_url=server, config=config)
    first = publish("policies", policy.sources(policy("base")), CATALOGUE, client).version
    start, written = threading.Barrier(WRITERS + READERS), threading.Event()
    seen: Seen = {}
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        writers = [
            pool.submit(write, "shared" if n % 2 else f"own{n}", client, start, n % 4 == 0)
            for n in range(WRITERS)
        ]
        readers = [pool.submit(read, client, start, written, seen) for _ in range(READERS)]
        try:
            results = [writer.result(PATIENCE) for writer in writers]
        finally:
            written.set()
        reads = sum(reader.result(PATIENCE) for reader in readers)

    outcomes = sum((each for _, each in results), Counter[str]())
    ledger, store = PolicyLedger(client, "policies"), PolicyStore(client, "policies")
    links = list(ledger.all_links())
    assert verify_chain(links, ()) == ledger.head()
    moves = [entry for entry in verified_entries(links) if entry.record.action in POINTER_MOVES]
    pointer = store.pointer()
    assert pointer is not None
    # every move is in the trail, in one line from the first version to the current one
    assert [entry.record.before for entry in moves] == [None, *(entry.record.after for entry in moves[:-1])]
    assert (pointer.version, pointer.sequence) == (moves[-1].record.after, len(moves))
    # what the trail says was done is what each version holds, and what readers saw is nothing else
    state = {"base": next(rule.text for rule, _ in StoredVersion(store, first).policies())}
    told: Seen = {first: dict(state)}
    for entry in moves[1:]:
        details = json.loads(json.dumps(entry.record.details))
        assert details["text_before"] == state.get(details["id"])
        state[details["id"]] = details["text_after"]
        told[str(entry.record.after)] = dict(state)
    assert seen.items() <= told.items()
    assert {rule.id: rule.text for rule, _ in StoredVersion(store, pointer.version).policies()} == state
    # and no change that was confirmed is missing
    recorded = Counter(str(entry.record.after) for entry in moves)
    confirmed = Counter(result.version for done, _ in results for result in done if result.changed)
    assert not confirmed - recorded
    assert sum(confirmed.values()) <= len(moves) - 1 <= sum(confirmed.values()) + outcomes["killed"]
    assert outcomes["done"] >= 1
    assert reads >= READERS
    log.info("%s, %d versions, %d reads of %d", dict(outcomes), len(moves), reads, len(seen))
