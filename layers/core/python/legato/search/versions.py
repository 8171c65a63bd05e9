"""Versions of the index in a bucket: immutable files, and one small pointer that names them.

::

    search/<schema>/files/<name>     a file of a segment; tantivy never writes the same name twice
    search/<schema>/current.json     {"version", "meta", "files": {name: bytes}, "retired": {name: epoch seconds}}

One writer replaces the pointer, under the condition that it is still the one it read. Readers ask for it with
their ETag, fetch the files they lack, and keep answering from what they have while the bucket is away.
"""

import json
import shutil
import time
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from legato import dynamo
from legato.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RETIRED_SECONDS = 3600
"""How long a file outlives the last version that names it: no reader is that far behind."""
# Readers ask while somebody waits: one try, and soon back to the version at hand.
_CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1})


@cache
def client() -> "S3Client":
    return cast("S3Client", botocore.session.get_session().create_client("s3", config=_CONFIG))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    version: int = 0
    meta: str = ""
    """tantivy's ``meta.json``: which segments make this version."""
    files: dict[str, int] = field(default_factory=dict)
    retired: dict[str, int] = field(default_factory=dict)
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    bucket: str
    schema: int

    def current(self, known: Pointer | None = None) -> Pointer:
        """The newest pointer; *known* itself where it still is. Before the first version, an empty one."""
        condition = {"IfNoneMatch": known.etag} if known and known.etag else {}
        try:
            answer = client().get_object(Bucket=self.bucket, Key=self._key("current.json"), **condition)  # type: ignore[arg-type]
        except ClientError as fault:
            if dynamo.code(fault) in {"304", "NotModified"} and known:
                return known
            if dynamo.code(fault) == "NoSuchKey":
                return Pointer()
            raise
        return replace(Pointer(**json.load(answer["Body"])), etag=answer["ETag"])

    def fetch(self, pointer: Pointer, folder: Path, have: Path | None = None) -> None:
        """Make *folder* that version; files that lie in *have* are linked, the others downloaded."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, size in pointer.files.items():
            at_hand = have / name if have else None
            if at_hand and at_hand.exists():
                (folder / name).hardlink_to(at_hand)
                continue
            body = client().get_object(Bucket=self.bucket, Key=self._key(f"files/{name}"))["Body"]
            with (folder / name).open("wb") as file:
                shutil.copyfileobj(body, file)
            if (folder / name).stat().st_size != size:
                raise TryAgain(f"{name} came short", retry_after=1)
        (folder / ".managed.json").write_text(json.dumps([*pointer.files, "meta.json"]))
        (folder / "meta.json").write_text(pointer.meta)

    def publish(self, folder: Path, since: Pointer, *, now: float | None = None) -> Pointer:
        """Make the index in *folder* the next version after *since*.

        Raises `TryAgain`, and readers see nothing of it, where another writer was faster.
        """
        now = time.time() if now is None else now
        meta = (folder / "meta.json").read_text()
        files = {path.name: path.stat().st_size for path in folder.iterdir() if _belongs(path.name, json.loads(meta))}
        for name in files.keys() - since.files.keys():
            with (folder / name).open("rb") as file:
                client().put_object(Bucket=self.bucket, Key=self._key(f"files/{name}"), Body=file)
        retired = since.retired | {name: int(now) for name in since.files if name not in files}
        expired = [name for name, at in retired.items() if at < now - RETIRED_SECONDS]
        pointer = Pointer(
            version=since.version + 1,
            meta=meta,
            files=files,
            retired={name: at for name, at in retired.items() if name not in expired and name not in files},
        )
        etag = self._point(pointer, since)
        for name in expired:
            client().delete_object(Bucket=self.bucket, Key=self._key(f"files/{name}"))
        return replace(pointer, etag=etag)

    def _point(self, pointer: Pointer, since: Pointer) -> str:
        text = {name: getattr(pointer, name) for name in ("version", "meta", "files", "retired")}
        condition = {"IfMatch": since.etag} if since.etag else {"IfNoneMatch": "*"}
        try:
            answer = client().put_object(
                Bucket=self.bucket,
                Key=self._key("current.json"),
                Body=json.dumps(text).encode(),
                ContentType="application/json",
                **condition,  # type: ignore[arg-type]
            )
        except ClientError as fault:
            if dynamo.code(fault) in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise TryAgain("another writer was faster", retry_after=1) from fault
            raise
        return answer["ETag"]

    def _key(self, name: str) -> str:
        return f"search/{self.schema}/{name}"


def _belongs(name: str, meta: dict[str, list[dict[str, dict[str, int] | str | None]]]) -> bool:
    """Whether a file is part of the version that ``meta.json`` describes: of its segments, with their last deletions."""
    stem, *rest = name.split(".")
    for segment in meta["segments"]:
        if str(segment["segment_id"]).replace("-", "") == stem:
            deletes = segment["deletes"]
            return rest[-1] != "del" or (isinstance(deletes, dict) and rest[0] == str(deletes["opstamp"]))
    return False
