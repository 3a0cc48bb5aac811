"""What `myelin` imports in the course of its commands, for the process that they are forked from."""

import gc
from importlib import import_module

from cli.commands import COMMANDS

LATER = (
    # what commands import when they open a world and make it do something
    "cli.main",
    "cli.worlds.sandbox",
    "components.functions.archive",
    "sandbox.cloud.tasks.images",
    "sandbox.engine.engine",
    "sandbox.provider.provider",
    "stacks.program",
)
for name in (*LATER, *(entry.target.partition(":")[0] for entry in COMMANDS.values())):
    import_module(name)
import_module("stacks.program").load_layers()
# a child that collects would copy the memory that it shares
gc.freeze()
