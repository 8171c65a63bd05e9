"""Secrets, and key material that is made at deploy time and never leaves Secrets Manager."""

import string

from aws_cdk import CustomResource, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.constructs.python_function import PythonFunction


class Secret(Construct):
    """A secret under our own KMS key. ``generated``: 64 random letters and digits, made by Secrets Manager;
    else empty, for `KeyPair` to fill.
    """

    def __init__(self, scope: Construct, id: str, *, key: kms.IKey, about: str, generated: bool = True) -> None:
        super().__init__(scope, id)
        random = secretsmanager.CfnSecret.GenerateSecretStringProperty(
            password_length=64, exclude_characters=string.punctuation, include_space=False
        )
        secret = secretsmanager.CfnSecret(
            self,
            "Resource",
            description=about,
            kms_key_id=key.key_arn,
            generate_secret_string=random if generated else None,
        )
        secret.apply_removal_policy(RemovalPolicy.RETAIN)
        acknowledge(
            self,
            SMG4="Readers must overlap while a secret rotates, so rotation is our own (generations in infra/stage.py), not Secrets Manager's",
        )
        self.arn = secret.ref
        self._key = key

    def allow_read(self, function: PythonFunction) -> None:
        """Read the value, and decrypt with the key it is under."""
        function.allow("secretsmanager:GetSecretValue", on=self.arn)
        function.allow("kms:Decrypt", on=self._key.key_arn)

    def allow_fill(self, function: PythonFunction) -> None:
        """Read what is there, and put a value."""
        self.allow_read(function)
        function.allow("secretsmanager:PutSecretValue", on=self.arn)
        function.allow("kms:GenerateDataKey", on=self._key.key_arn)


class KeyPair(Construct):
    """Key material of one kind (``rsa``, ``tokens``, ``master``) in a secret of its own.

    The custom resource answers with the public half alone. A higher ``generation`` of ``tokens`` and ``master`` adds
    a key beside the old ones; of ``rsa`` it is another `KeyPair`, as CloudFront's public keys never change.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        kind: str,
        maker: PythonFunction,
        key: kms.IKey,
        about: str,
        generation: int = 1,
    ) -> None:
        super().__init__(scope, id)
        self.secret = Secret(self, "Secret", key=key, about=about, generated=False)
        self.secret.allow_fill(maker)
        made = CustomResource(
            self,
            "Made",
            resource_type="Custom::KeyPair",
            service_token=maker.function_arn,
            properties={"Kind": kind, "SecretArn": self.secret.arn, "Generation": generation},
            removal_policy=RemovalPolicy.RETAIN,
        )
        made.node.add_dependency(maker.own_role)  # its policy included: without it the maker may do nothing
        self.public_key = made.get_att_string("PublicKey")
