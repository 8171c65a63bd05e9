"""CloudFormation types that ministack does not know, though its CloudFront API serves the records."""

from pathlib import Path
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import cloudfront
from ministack.services.cloudformation import provisioners

Handler = dict[str, Any]


def install(home: Path) -> None:
    handlers = provisioners._RESOURCE_HANDLERS
    for kind in ("AWS::CloudFront::PublicKey", "AWS::CloudFront::KeyGroup"):
        assert kind not in handlers, f"ministack now knows {kind}"
    handlers["AWS::CloudFront::PublicKey"] = _public_key()
    handlers["AWS::CloudFront::KeyGroup"] = _key_group()


def _public_key() -> Handler:
    store = cloudfront._public_keys

    def create(_logical: str, props: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        key_id = cloudfront._pk_id()
        record = {
            "Id": key_id,
            "ETag": new_uuid(),
            "CreatedTime": cloudfront._now_iso(),
            "Config": dict(props["PublicKeyConfig"]),
        }
        store[key_id] = record
        return key_id, {"Id": key_id, "CreatedTime": record["CreatedTime"]}

    def update(key_id: str, old: dict[str, Any], new: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        # "EncodedKey: updates are not supported" (CloudFront API, UpdatePublicKey): only the comment may change.
        if old["PublicKeyConfig"]["EncodedKey"] != new["PublicKeyConfig"]["EncodedKey"]:
            raise ValueError("CannotChangeImmutablePublicKeyFields: a CloudFront public key cannot be changed")
        store[key_id]["Config"] = dict(new["PublicKeyConfig"])
        store[key_id]["ETag"] = new_uuid()
        return key_id, {"Id": key_id, "CreatedTime": store[key_id]["CreatedTime"]}

    def delete(key_id: str, _props: dict[str, Any]) -> None:
        if any(key_id in group["Config"].get("Items", []) for group in cloudfront._key_groups.values()):
            raise ValueError(f"PublicKeyInUse: {key_id} is still in a key group")
        store.pop(key_id, None)

    return {"create": create, "update": update, "delete": delete}


def _key_group() -> Handler:
    store = cloudfront._key_groups

    def create(_logical: str, props: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        _check(props)
        group_id = cloudfront._kg_id()
        store[group_id] = {
            "Id": group_id,
            "ETag": new_uuid(),
            "LastModifiedTime": cloudfront._now_iso(),
            "Config": dict(props["KeyGroupConfig"]),
        }
        return group_id, {"Id": group_id, "LastModifiedTime": store[group_id]["LastModifiedTime"]}

    def update(group_id: str, _old: dict[str, Any], new: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        _check(new)
        store[group_id] |= {
            "Config": dict(new["KeyGroupConfig"]),
            "ETag": new_uuid(),
            "LastModifiedTime": cloudfront._now_iso(),
        }
        return group_id, {"Id": group_id, "LastModifiedTime": store[group_id]["LastModifiedTime"]}

    def delete(group_id: str, _props: dict[str, Any]) -> None:
        store.pop(group_id, None)

    return {"create": create, "update": update, "delete": delete}


def _check(props: dict[str, Any]) -> None:
    unknown = [each for each in props["KeyGroupConfig"]["Items"] if each not in cloudfront._public_keys]
    if unknown:
        raise ValueError(f"NoSuchResource: there is no public key {', '.join(unknown)}")
