"""``ImportSource`` of a CloudFront KeyValueStore: ministack makes the store, and leaves it empty."""

import json
from pathlib import Path
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import cloudfront_keyvaluestore as store
from ministack.services import s3
from ministack.services.cloudformation import provisioners


def install(home: Path) -> None:  # noqa: ARG001 -- every shim has the same door
    handler = provisioners._RESOURCE_HANDLERS["AWS::CloudFront::KeyValueStore"]
    create = handler["create"]
    assert callable(s3._get_object_data), "ministack changed"

    def create_store(logical: str, props: dict[str, Any], stack: str) -> Any:
        made = create(logical, props, stack)
        if source := (props.get("ImportSource") or {}).get("SourceArn"):
            bucket, _, key = source.partition(":::")[2].partition("/")
            rows = json.loads(s3._get_object_data(bucket, key) or b"{}")["data"]
            store._stores[made[1]["Arn"]] = {"etag": new_uuid(), "items": {row["key"]: row["value"] for row in rows}}
        return made

    handler["create"] = create_store
