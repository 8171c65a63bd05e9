"""What ministack 1.5.33 lacks, one file each. Every shim asserts on the private names it touches.

A shim is a module with ``install(home)``, where *home* is the folder the local cloud may write to. Its
conformance test is ``tests/local/test_<shim>.py``, with a positive control: what must still work.
"""

from importlib.metadata import version
from pathlib import Path

from local.cloud.shims import (
    custom_resources,
    environments,
    execute_api,
    key_value_store,
    loopback_tls,
    public_keys,
    reserved_concurrency,
    secrets,
    sender_identities,
    service_roles,
    snapshots,
    stream_batches,
    table_settings,
    token_checks,
    used_grants,
)

PINNED = "1.5.33"
SHIMS = (
    custom_resources,
    environments,
    execute_api,
    key_value_store,
    loopback_tls,
    public_keys,
    reserved_concurrency,
    secrets,
    sender_identities,
    service_roles,
    snapshots,
    stream_batches,
    table_settings,
    token_checks,
    used_grants,
)


def install(home: Path) -> None:
    """Mend the ministack of this process. Must run before it serves."""
    found = version("ministack")
    if found != PINNED:
        raise RuntimeError(f"the shims are written for ministack {PINNED}, this is {found}")
    for shim in SHIMS:
        shim.install(home)
