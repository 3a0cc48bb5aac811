"""What `myelin` imports in the course of its commands, for the process that they are forked from."""

# ruff: noqa: F401

import gc

import httpx

import cli.checkup
import cli.commands.policy.commands
import cli.commands.up
import cli.deployment.pipeline
import cli.deployment.report
import cli.deployment.status
import cli.log_reader
import cli.main
import cli.policies.admin_client
import cli.policies.audit_trail
import cli.policies.versions
import cli.terminal.interrupt
import cli.terminal.progress
import components.functions.archive
import components.manifest
import policies.calls.changing.deployment
import policies.calls.language.case_files
import policies.calls.language.sources
import policies.calls.rehearsing.rehearsal
import policies.calls.trail.export
import sandbox.cloud.host
import sandbox.cloud.tasks.images
import sandbox.engine.engine
import sandbox.provider.provider
import stacks.program
import stacks.settings

stacks.program.load_layers()
# a child that collects would copy the memory that it shares
gc.freeze()
