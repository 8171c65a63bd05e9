"""The web app's way into its bucket."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from functions.site import app
from legato.custom_resource import Request


@pytest.fixture
def buckets(aws):
    app.s3.cache_clear()
    s3 = boto3.client("s3")
    for name in ("site", "assets"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield s3
    app.s3.cache_clear()


def deploy(s3, files, kind="Create"):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as built:
        for name, content in files.items():
            built.writestr(name, content)
    s3.put_object(Bucket="assets", Key="web.zip", Body=packed.getvalue())
    return app.serve(
        Request(kind=kind, properties={"Bucket": "site", "SourceBucket": "assets", "SourceKey": "web.zip"})
    )


def keys(s3):
    return {found["Key"] for found in s3.list_objects_v2(Bucket="site").get("Contents", [])}


def test_files_have_their_types_and_only_hashed_ones_are_kept_for_ever(buckets):
    deploy(buckets, {"index.html": "<p>", "assets/app-1a2b.js": "1", "icon.svg": "<svg/>"})
    page, script = (buckets.head_object(Bucket="site", Key=k) for k in ("index.html", "assets/app-1a2b.js"))
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")
    assert script["ContentType"] == "text/javascript; charset=utf-8"
    assert script["CacheControl"] == "public, max-age=31536000, immutable"


def test_what_the_new_build_lacks_goes_but_open_pages_keep_their_chunks(buckets, monkeypatch):
    deploy(buckets, {"index.html": "1", "old.txt": "1", "assets/app-old.js": "1"})
    deploy(buckets, {"index.html": "2", "assets/app-new.js": "2"}, kind="Update")
    assert keys(buckets) == {"index.html", "assets/app-old.js", "assets/app-new.js"}
    monkeypatch.setattr(app, "OPEN_PAGES", timedelta(0))
    app._remove_stale("site", {"index.html"}, datetime.now(UTC) + timedelta(seconds=5))
    assert keys(buckets) == {"index.html"}


def test_pages_come_after_everything_they_name(buckets, monkeypatch):
    order = []
    monkeypatch.setattr(app, "_put", lambda bucket, name, content: order.append(name))
    deploy(buckets, {"index.html": "1", "assets/z.js": "1", "about.html": "1"})
    assert order == ["assets/z.js", "about.html", "index.html"]


def test_deleting_the_resource_leaves_the_pages(buckets):
    deploy(buckets, {"index.html": "1"})
    deploy(buckets, {}, kind="Delete")
    assert keys(buckets) == {"index.html"}
