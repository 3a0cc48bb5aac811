"""The commands of `myelin`, as a table: help, completion and lookup are made of it without importing any.

A new command is a module with a function under `@command` (cli/command.py), and a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """One command: where its function is, as `module:function`, and its one line in the list of commands.

    The summary is the first line of the function's docstring, said again so that a list needs no import.
    """

    target: str
    summary: str


COMMANDS: Mapping[str, CommandEntry] = {
    "up": CommandEntry("cli.commands.up:up", "Deploy an environment into the sandbox."),
    "down": CommandEntry(
        "cli.commands.down:down", "End the sandbox with all that is in it, or one environment."
    ),
    "status": CommandEntry("cli.commands.status:status", "Show how an environment stands."),
    "preview": CommandEntry("cli.commands.preview:preview", "Show what `up` would do, and change nothing."),
    "diff": CommandEntry(
        "cli.commands.diff:diff", "Show what of an environment is not as the program declares it."
    ),
    "permissions": CommandEntry(
        "cli.commands.permissions:permissions",
        "Print the IAM policy that a deployment of an environment needs.",
    ),
    "refresh": CommandEntry(
        "cli.commands.refresh:refresh",
        "Look at every resource, and record what is otherwise than recorded.",
    ),
    "unlock": CommandEntry(
        "cli.commands.unlock:unlock",
        "Show who holds the lock of an environment, and clear it where that process is dead.",
    ),
    "validate": CommandEntry(
        "cli.commands.validate:validate", "Find everything that is wrong with what a deployment is made of."
    ),
    "check": CommandEntry(
        "cli.commands.check:check", "Check every resource with checkov and the platform's own rules."
    ),
    "dispatch": CommandEntry("cli.commands.dispatch:dispatch", "Ask for work, and show the decision."),
    "load": CommandEntry("cli.commands.load:load", "Ask for work many times at once, and measure."),
    "fault": CommandEntry("cli.commands.fault:fault", "Have something be slow or fail for a while."),
    "logs": CommandEntry("cli.commands.logs:logs", "Show what services and functions logged."),
    "trace": CommandEntry("cli.commands.trace:trace", "Show what a request did, and when."),
    "metrics": CommandEntry(
        "cli.commands.metrics:metrics",
        "Show how much services are asked, how they answer, and what they use.",
    ),
    "alarms": CommandEntry("cli.commands.alarms:alarms", "Show which alarms are red, and why."),
    "doctor": CommandEntry("cli.commands.doctor:doctor", "Find out why something does not work."),
    "graph reach": CommandEntry(
        "cli.commands.graph.reach:reach_end",
        "Show whether one end of the network reaches another, and whether the answer comes back.",
    ),
    "sandbox env": CommandEntry(
        "cli.commands.sandbox.env:env",
        "Print the variables by which AWS's tools and SDKs reach the sandbox.",
    ),
    "sandbox provider": CommandEntry(
        "cli.commands.sandbox.provider:provider",
        "Print the variables by which Pulumi's own engine deploys into the sandbox.",
    ),
    "env add": CommandEntry("cli.commands.env.add:add", "Write the stack files of a new environment."),
    "env list": CommandEntry(
        "cli.commands.env.list:list_environments", "Show the environments, and how they differ."
    ),
    "rotate secret": CommandEntry(
        "cli.commands.rotate.secret:secret",
        "Rotate a secret now, and prove that every consumer has the new version.",
    ),
    "rotate key": CommandEntry(
        "cli.commands.rotate.key:key",
        "Have KMS make new material for a key now, and show what is still under the older one.",
    ),
    "rotate status": CommandEntry(
        "cli.commands.rotate.status:status", "Show how the rotations of secrets and keys stand."
    ),
    "new service": CommandEntry("cli.commands.new.service:service", "Write the first files of a service."),
    "deploy": CommandEntry(
        "cli.commands.deploy:deploy",
        "Deploy services with other images, or once more with the same, and follow that to its end.",
    ),
    "image build": CommandEntry(
        "cli.commands.image.build:build", "Make the images of the working tree, and name their digests."
    ),
    "image list": CommandEntry(
        "cli.commands.image.list:list_images",
        "List the images of each service: digest, tags, what the scan found, and where the copy is.",
    ),
    "release list": CommandEntry(
        "cli.commands.release.list:list_releases", "List the releases of an environment, the newest first."
    ),
    "release show": CommandEntry(
        "cli.commands.release.show:show",
        "Show a release: how it came about, what it was made of, and how it ended.",
    ),
    "release status": CommandEntry(
        "cli.commands.release.status:status", "Show which release serves, and what differs from it."
    ),
    "release diff": CommandEntry(
        "cli.commands.release.diff:diff",
        "Show which inputs of a release differ from those of another, or from what is declared.",
    ),
    "release rollback": CommandEntry(
        "cli.commands.release.rollback:rollback",
        "Deploy what an earlier release was made of: images, settings and policies together.",
    ),
    "release continue": CommandEntry(
        "cli.commands.release.continuing:go_on", "Let deployments that pause go on."
    ),
    "release abort": CommandEntry(
        "cli.commands.release.abort:abort",
        "Take deployments back that are under way: ECS gives the traffic to the tasks before.",
    ),
    "policy validate": CommandEntry(
        "cli.commands.policy.validate:validate", "Find everything that is wrong with policies."
    ),
    "policy test": CommandEntry(
        "cli.commands.policy.test:ask_cases", "Ask the cases that stand beside the policies."
    ),
    "policy diff": CommandEntry(
        "cli.commands.policy.diff:diff", "Show what one policy set decides otherwise than another."
    ),
    "policy explain": CommandEntry(
        "cli.commands.policy.explain:explain", "Show why a call is allowed or denied."
    ),
    "policy replay": CommandEntry(
        "cli.commands.policy.replay:replay",
        "Show what recorded decisions would have been by another policy set.",
    ),
    "policy list": CommandEntry("cli.commands.policy.list:list_policies", "List the published policies."),
    "policy show": CommandEntry("cli.commands.policy.show:show", "Show a published policy as it is written."),
    "policy put": CommandEntry("cli.commands.policy.put:put", "Create or replace one published policy."),
    "policy delete": CommandEntry("cli.commands.policy.delete:delete", "Delete one published policy."),
    "policy publish": CommandEntry(
        "cli.commands.policy.publish:publish", "Make a folder of policies the published set."
    ),
    "policy history": CommandEntry(
        "cli.commands.policy.history:history", "Show what made which version current, when, and by whom."
    ),
    "policy rollback": CommandEntry("cli.commands.policy.rollback:rollback", "Make a version current again."),
    "policy collect": CommandEntry(
        "cli.commands.policy.collect:collect",
        "Delete the stored documents that no version needs any more.",
    ),
    "policy drafts": CommandEntry(
        "cli.commands.policy.drafts:drafts", "List the changes that wait to be activated."
    ),
    "policy activate": CommandEntry(
        "cli.commands.policy.activate:activate", "Make what a draft proposes current."
    ),
    "policy discard": CommandEntry("cli.commands.policy.discard:discard", "Forget a draft."),
    "audit list": CommandEntry(
        "cli.commands.audit.list:list_entries",
        "List changes of the policies: who, when, what, from which version to which.",
    ),
    "audit verify": CommandEntry(
        "cli.commands.audit.verify:verify_trail",
        "Prove that the record of changes is whole, or name the first entry where it is not.",
    ),
}
"""Each command by the words that follow `myelin`, in the order in which help lists them."""

GROUPS: Mapping[str, str] = {
    "graph": "Show what the declarations make of the network.",
    "sandbox": "Use the sandbox from other programs.",
    "env": "Add and list the environments of the project.",
    "rotate": "Rotate secrets and keys, and show how their rotations stand.",
    "new": "Write the first files of something new.",
    "image": "Make and list the images of services.",
    "release": "Show what was deployed when, and go back to it.",
    "policy": "Check, test, compare and publish the rules of governance.\n\n"
    "Start with `myelin policy validate` and `myelin policy test`.",
    "audit": "Show and verify the record of every change of the policies.",
}
"""What help says of each group of commands, by its name."""


def commands_of(group: str) -> dict[str, CommandEntry]:
    """The commands of a group by their last word; of no group with the empty name."""
    split = {words: words.rpartition(" ") for words in COMMANDS}
    return {name: COMMANDS[words] for words, (found, _, name) in split.items() if found == group}
