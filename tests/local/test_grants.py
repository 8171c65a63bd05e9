"""A permission that is missing in a template is missing on the laptop: take one away, and its route fails."""

import json
import os
import shutil
import urllib.error
import urllib.request
import uuid

import pytest

from local import accounts
from local.deploy import Deployment


def without(folder, template: str, owner: str, action: str) -> int:
    """Take *action* out of every statement of the policies of *owner*'s role; how many statements had it."""
    path = folder / f"{template}.template.json"
    content = json.loads(path.read_text())
    taken = 0
    for name, resource in content["Resources"].items():
        if resource["Type"] != "AWS::IAM::Policy" or not name.startswith(f"{owner}Role"):
            continue
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            if action in actions:
                taken += 1
                statement["Action"] = [each for each in actions if each != action] or ["dynamodb:DescribeLimits"]
    path.write_text(json.dumps(content))
    return taken


@pytest.fixture
def crippled(platform, tmp_path):
    """The running platform, deployed again without one grant; whole again after the test."""
    whole = (platform.state / "cdk.out").resolve()
    folder = tmp_path / "assembly"
    shutil.copytree(whole, folder, copy_function=os.link)
    manifest = json.loads((folder / "manifest.json").read_text())
    place = manifest["artifacts"]["Api"]["properties"]["stackTemplateAssetObjectUrl"]
    named = place.rpartition("/")[2].removesuffix(".json")  # by its contents, which change
    fresh = uuid.uuid4().hex
    for name in ("manifest.json", "Api.assets.json", "Api.template.json"):
        text = (folder / name).read_text().replace(named, fresh)
        (folder / name).unlink()  # it was a link to the whole one's
        (folder / name).write_text(text)

    def take(owner: str, action: str) -> None:
        assert without(folder, "Api", owner, action)
        Deployment(folder, platform.endpoint).run()

    yield take
    Deployment(whole, platform.endpoint).run()


def favourites(platform) -> tuple[int, str]:
    premium = next(account for account in platform.up["accounts"] if account["plan"] == "premium")
    request = urllib.request.Request(f"{platform.url}/v1/me/favorites")
    request.add_header("Authorization", f"Bearer {accounts.token(platform.url, accounts.Account(**premium))}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def test_a_route_fails_without_the_one_grant_it_needs_and_works_with_it(platform, crippled):
    log = platform.state / "cloud/functions.log"
    assert favourites(platform)[0] == 200
    before = len(log.read_text())
    crippled("Library", "dynamodb:Query")
    status, body = favourites(platform)
    assert (status, json.loads(body).get("type")) == (500, "/problems/internal-error"), body + log.read_text()[before:]
    assert "is not authorized to perform: dynamodb:Query" in log.read_text()[before:]
    assert "dynamodb" not in body


def test_other_routes_of_the_function_still_work(platform, crippled):
    crippled("Library", "dynamodb:PutItem")
    assert favourites(platform)[0] == 200
