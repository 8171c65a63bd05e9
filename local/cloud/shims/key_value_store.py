"""CloudFront key-value stores: ``ImportSource`` is read, and a policy may name the one store it opens.

ministack makes an empty store, and asks policies about ``*`` where AWS asks about the store's ARN.
"""

import inspect
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ministack.core import iam_actions
from ministack.core.responses import new_uuid
from ministack.services import cloudfront_keyvaluestore as store
from ministack.services import s3
from ministack.services.cloudformation import provisioners


def install(home: Path) -> None:
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
    resource = iam_actions.extract_resource_arn
    assert list(inspect.signature(resource).parameters)[:3] == ["service", "method", "path"], "ministack changed"

    def resource_arn(service: str, method: str, path: str, *rest: Any, **named: Any) -> Any:
        if service == "cloudfront-keyvaluestore" and (match := store._STORE_RE.match(unquote(path))):
            return match[1].partition("/keys")[0]
        return resource(service, method, path, *rest, **named)

    iam_actions.extract_resource_arn = resource_arn
