"""Every change by an operator leaves a line, and none does without its line."""

import pytest

from legato import dynamo
from legato.audit.model import Action, entry
from legato.audit.table import AuditTable
from legato.rights.deals import OPEN_DEAL
from legato.rights.territories import TERRITORIES
from tests.functions.listening import ALBUM, FIRST, OPEN, SECOND, slug

GERMANY, FRANCE = (OPEN | {"territories": [code]} for code in ("DE", "FR"))


def lines(call, **query):
    status, answer = call("GET", "/v1/admin/audit", query=query)
    assert status == 200, answer
    return answer


def test_a_change_of_deals_tells_who_what_when_and_what_was_before(call):
    for deal in (GERMANY, FRANCE):
        assert call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [deal]}, who="usr_olga")[0] == 204
    later, first = lines(call)["items"]
    assert (first["actor"], first["action"], first["target"]) == ("usr_olga", "rights.replace-deals", FIRST.id)
    assert first["before"] == {}
    assert [deal["territories"] for deal in first["after"]["deals"]] == [["DE"]]
    assert later["before"] == first["after"]
    assert [deal["territories"] for deal in later["after"]["deals"]] == [["FR"]]
    assert first["at"] <= later["at"]


def test_a_takedown_its_repetition_and_its_end_are_three_lines(call):
    for reason in ("claim", "again"):
        call("POST", f"/v1/admin/takedowns/{ALBUM.id}", {"reason": reason})
    call("DELETE", f"/v1/admin/takedowns/{ALBUM.id}")
    lifted, again, down = lines(call)["items"]
    assert [each["action"] for each in (down, again, lifted)] == [
        "rights.take-down",
        "rights.take-down",
        "rights.reinstate",
    ]
    assert down["after"]["takedown"]["reason"] == again["after"]["takedown"]["reason"] == "claim"
    assert (lifted["before"], lifted["after"]) == (again["after"], {})


def test_what_is_refused_leaves_no_line(call):
    assert call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [OPEN | {"territories": ["Sweden"]}]})[0] == 422
    assert call("POST", "/v1/admin/takedowns/trk_unknown", {"reason": "claim"})[0] == 404
    assert lines(call) == {"items": [], "cursor": None}


def test_without_its_line_nothing_is_changed(call, house, monkeypatch):
    """The log is full, away or not to be written: the song stays as it is."""
    taken = entry("usr_x", Action.TAKE_DOWN, FIRST.id, at=OPEN_DEAL.start, before={}, after={})
    table = AuditTable("audit")
    table.append(taken)
    monkeypatch.setattr(AuditTable, "put", lambda self, _: {"Put": as_if_taken(taken)})
    monkeypatch.setattr("legato.rights.table.time.sleep", lambda _: None)
    status, problem = call("POST", f"/v1/admin/takedowns/{FIRST.id}", {"reason": "claim"})
    assert (status, slug(problem)) == (503, "try-again")
    assert house.rights.of(FIRST.id).withdrawn is None


def as_if_taken(taken):
    item = {"pk": "ACTIONS", "sk": taken.rank}
    return {"TableName": "audit", "Item": dynamo.encode(item), "ConditionExpression": "attribute_not_exists(pk)"}


def test_a_line_is_written_once_and_never_over_another(house):
    table = AuditTable("audit")
    line = entry("usr_x", Action.TAKE_DOWN, FIRST.id, at=OPEN_DEAL.start, before={}, after={"n": 1})
    table.append(line)
    table.append(entry("usr_y", Action.REINSTATE, SECOND.id, at=OPEN_DEAL.start, before={}, after={}))
    again = AuditTable.put(table, line)["Put"] | {
        "Item": {**AuditTable.put(table, line)["Put"]["Item"], "actor": {"S": "usr_z"}}
    }
    assert not dynamo.transact({"Put": again})
    assert {each.actor for each in table.newest(limit=10)[0]} == {"usr_x", "usr_y"}


def test_of_two_changes_at_once_each_line_tells_what_its_own_change_found(call, house, monkeypatch):
    """The second operator writes between the first one's read and write: the first reads again."""
    read = dynamo.get

    def overtaken(*args, **more):
        found = read(*args, **more)
        monkeypatch.setattr(dynamo, "get", read)
        call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [FRANCE]}, who="usr_ben")
        return found

    monkeypatch.setattr(dynamo, "get", overtaken)
    assert call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [GERMANY]}, who="usr_anna")[0] == 204
    told = {each["actor"]: each for each in lines(call)["items"]}
    assert set(told) == {"usr_anna", "usr_ben"}
    assert told["usr_anna"]["before"] == told["usr_ben"]["after"]
    assert [deal.territories for deal in house.rights.of(FIRST.id).own] == [frozenset({"DE"})]


@pytest.mark.parametrize("target", ["", FIRST.id])
def test_the_log_is_read_page_by_page_newest_first(call, target):
    for n in range(5):
        call("POST", f"/v1/admin/takedowns/{FIRST.id}", {"reason": str(n)})
    call("POST", f"/v1/admin/takedowns/{SECOND.id}", {"reason": "another"})
    found, cursor = [], None
    while True:
        page = lines(call, limit="2", target=target, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert len(found) == (5 if target else 6)
    assert len({each["id"] for each in found}) == len(found)
    assert [each["at"] for each in found] == sorted((each["at"] for each in found), reverse=True)


def test_a_forged_cursor_is_refused(call):
    assert call("GET", "/v1/admin/audit", query={"cursor": "eyJ4IjoxfQ"})[0] == 422


def test_a_hundred_deals_that_name_every_territory_fit_into_a_line(call):
    everywhere = OPEN | {"territories": sorted(TERRITORIES), "label": "x" * 200}
    for _ in range(2):
        assert call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [everywhere] * 100})[0] == 204
    assert len(lines(call)["items"][0]["before"]["deals"]) == 100
