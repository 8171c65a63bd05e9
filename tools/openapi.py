"""Write ``docs/openapi.json`` from the routes. Needs no AWS, no environment, no deployment.

``--check`` writes nothing and fails where the committed file is not what the code says.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi import OpenAPIMerge
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs/openapi.json"
SUMMARY = "Routes of Legato. Refusals are RFC 9457 problems; docs/problems.md lists them."
PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details; `type` is `/problems/<slug>`, see docs/problems.md",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "additionalProperties": True,
}
REFUSED = {
    "description": "Refused; `type` says why",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token (RFC 9068)"}


def document() -> dict[str, Any]:
    """The whole surface; ``x-function`` on an operation names the Lambda that the API stack routes it to."""
    merge = OpenAPIMerge(title="Legato", version="1", description=SUMMARY, on_conflict="error")
    for path in sorted(ROOT.glob("functions/*/app.py")):
        function = path.parent.name
        app = getattr(importlib.import_module(f"functions.{function}.app"), "app", None)
        if app is None:  # not an API function
            continue
        schema = json.loads(app.get_openapi_json_schema(security_schemes={"bearer": HTTPBearer()}))
        for item in schema.get("paths", {}).values():
            for operation in item.values():
                operation["x-function"] = function
                answers = {k: v for k, v in operation["responses"].items() if k != "422"}
                operation["responses"] = answers | {"default": REFUSED}
        merge.add_schema(schema)
    whole: dict[str, Any] = merge.get_openapi_schema()
    parts = whole.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = PROBLEM
    parts["securitySchemes"] = {"bearer": BEARER}
    whole["servers"] = [{"url": "/"}]
    return whole


def main() -> int:
    text = json.dumps(document(), indent=2, sort_keys=True) + "\n"
    if "--check" in sys.argv:
        if DOCUMENT.read_text(encoding="utf-8") == text:
            return 0
        print("docs/openapi.json is not what the routes say: run `make openapi`", file=sys.stderr)
        return 1
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
