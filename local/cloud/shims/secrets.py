"""``Ref`` of a secret is its ARN, and a secret that a template gives no value has none.

ministack answers with the name, so that no policy that names the secret ever matches, and with an empty text.
"""

from pathlib import Path
from typing import Any

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners

Made = tuple[str, dict[str, Any]]


def install(home: Path) -> None:
    handler = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handler["create"], handler["update"], handler["delete"]
    assert handler.get("update_with_logical_id"), "ministack changed"
    assert callable(secretsmanager._resolve), "ministack changed"

    def create_secret(logical: str, props: dict[str, Any], stack: str) -> Made:
        name, attributes = create(logical, props, stack)
        if "SecretString" not in props and "GenerateSecretString" not in props:
            secretsmanager._secrets[name]["Versions"] = {}
        return attributes["Arn"], attributes

    def update_secret(arn: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical: str) -> Made:
        _, attributes = update(_name(arn), old, new, stack, logical)
        return attributes["Arn"], attributes

    def delete_secret(arn: str, props: dict[str, Any]) -> None:
        delete(_name(arn), props)

    handler |= {"create": create_secret, "update": update_secret, "delete": delete_secret}


def _name(arn: str) -> Any:
    return secretsmanager._resolve(arn)[0]
