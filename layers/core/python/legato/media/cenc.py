"""Names of common encryption (ISO/IEC 23001-7) as manifests write them."""

from base64 import b64encode
from uuid import UUID

COMMON = "1077efec-c0b2-4d02-ace3-3c1e52e2fb4b"
"""W3C's common system, which Clear Key players read."""
WIDEVINE = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"
PLAYREADY = "9a04f079-9840-4286-ab92-e65be0885f95"


def text(box: bytes) -> str:
    return b64encode(box).decode()


def uuid(kid: bytes) -> str:
    return str(UUID(bytes=kid))


def pssh_data(box: bytes) -> bytes:
    """What a version 0 ``pssh`` box carries: for PlayReady its header object."""
    return box[32:]
