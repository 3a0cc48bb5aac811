"""What `myelin` imports in the course of its commands, for the process that they are forked from."""

# ruff: noqa: F401

import gc

import httpx

import cli.audit_trail
import cli.checkup
import cli.commands.policy.commands
import cli.commands.up
import cli.deployment.pipeline
import cli.deployment.report
import cli.deployment.standing
import cli.governance.versions
import cli.interrupt
import cli.log_reader
import cli.main
import cli.policy_admin
import cli.progress
import components.functions.archive
import components.manifest
import lambdas.governance.audit_export
import lambdas.governance.publish
import lambdas.governance.rehearsal
import policies.governance.case_files
import policies.governance.sources
import sandbox.engine.engine
import sandbox.host
import sandbox.provider.provider
import sandbox.tasks.images
import stacks.program
import stacks.settings

stacks.program.load_layers()
# a child that collects would copy the memory that it shares
gc.freeze()
