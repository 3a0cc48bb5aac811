"""The private load balancer with its listeners."""

from __future__ import annotations

import pulumi
from pulumi_aws.lb.listener import Listener
from pulumi_aws.lb.load_balancer import LoadBalancer as Alb

from components.balancer.listener_plan import TLS_POLICY, ListenerPlan, listener_for_tests
from components.naming import BALANCER_LOGS
from components.scope import Scope

IDLE_TIMEOUT = 60
"""Seconds."""


class LoadBalancer(pulumi.ComponentResource):
    """An internal application load balancer, which answers 404 where no rule matches. MSH-2."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        plan: tuple[ListenerPlan, ...],
        *,
        security_group_id: pulumi.Input[str],
        subnet_ids: pulumi.Input[list[str]],
        access_logs: pulumi.Input[str],
        deletion_protection: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`plan` has the listeners; rules of services are added to the first, and to the one for tests.

        `access_logs` is the bucket that requests are logged in, below `BALANCER_LOGS`.
        """
        super().__init__("myelin:balancer:LoadBalancer", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        physical_name = scope.names.load_balancer
        # myelin: allow CKV_AWS_150 until 2027-11-30: an environment whose settings take the protection off is
        #   deleted and made again
        # myelin: allow CKV2_AWS_20 until 2027-11-30 in sandbox-*: plain HTTP on loopback, there is no
        #   certificate to redirect to
        self.load_balancer = Alb(
            name,
            name=physical_name,
            internal=True,
            load_balancer_type="application",
            security_groups=[security_group_id],
            subnets=subnet_ids,
            drop_invalid_header_fields=True,
            enable_deletion_protection=deletion_protection,
            idle_timeout=IDLE_TIMEOUT,
            access_logs={"bucket": access_logs, "prefix": BALANCER_LOGS, "enabled": True},
            tags=scope.tags(physical_name),
            opts=own,
        )
        listeners = [
            # myelin: allow CKV_AWS_2, CKV_AWS_103 until 2027-11-30 in sandbox-*: plain HTTP on loopback;
            #   elsewhere the settings refuse a load balancer without certificate
            Listener(
                f"{name}-{listener.name}",
                load_balancer_arn=self.load_balancer.arn,
                port=listener.port,
                protocol=listener.protocol,
                ssl_policy=TLS_POLICY if listener.certificate_arn else None,
                certificate_arn=listener.certificate_arn,
                default_actions=[_default_action(listener)],
                tags=scope.tags(scope.names.of(f"internal-{listener.name}")),
                opts=own,
            )
            for listener in plan
        ]
        self.arn: pulumi.Output[str] = self.load_balancer.arn
        self.dns_name: pulumi.Output[str] = self.load_balancer.dns_name
        self.listener_arn: pulumi.Output[str] = listeners[0].arn
        tests = listener_for_tests(plan)
        self.test_listener_arn: pulumi.Output[str] = listeners[plan.index(tests)].arn
        self.test_url: pulumi.Output[str] = pulumi.Output.concat(
            tests.protocol.lower(), "://", self.dns_name, f":{tests.port}"
        )
        self.register_outputs(
            {
                "arn": self.arn,
                "dns_name": self.dns_name,
                "listener_arn": self.listener_arn,
                "test_listener_arn": self.test_listener_arn,
                "test_url": self.test_url,
            }
        )


def _default_action(listener: ListenerPlan) -> dict[str, object]:
    if listener.redirect_to is not None:
        return {
            "type": "redirect",
            "redirect": {
                "port": str(listener.redirect_to),
                "protocol": "HTTPS",
                "status_code": "HTTP_301",
            },
        }
    return {
        "type": "fixed-response",
        "fixed_response": {
            "content_type": "application/json",
            "message_body": '{"type":"about:blank","title":"Not Found","status":404}',
            "status_code": "404",
        },
    }
