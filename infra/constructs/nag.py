"""Findings of cdk-nag that we accept, each with its reason beside the resource."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(scope: IConstruct, **reasons: str) -> None:
    """``acknowledge(bucket, S1="…")`` accepts rule AwsSolutions-S1 for *scope* and all below it."""
    Validations.of(scope).acknowledge(
        *(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason) for rule, reason in reasons.items())
    )
