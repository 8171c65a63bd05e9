"""Players at rest. The only module that knows their rows.

::

    pk             sk                  what
    <listener id>  PLAYER              version, sessions {id: …}, last: every lease in one row, so that one
                                       condition guards the cap
    <listener id>  RESUME#<track id>   how far this track has come (expires)
    <session id>   REVOKED             listener_id; until then the edge refuses the session's signatures (expires)
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import ClientError

from legato import dynamo
from legato.playback.model import REMEMBERED_PLAYS, Device, Player, Progress, Session, Stop

RESUME_DAYS = 180
_DAY = 86_400
_LOST_RACES = {"ConditionalCheckFailedException", "TransactionCanceledException", "TransactionConflictException"}


@dataclass(frozen=True, slots=True)
class PlaybackTable:
    name: str

    @staticmethod
    def player_key(listener_id: str) -> dict[str, str]:
        return {"pk": listener_id, "sk": "PLAYER"}

    @staticmethod
    def resume_key(listener_id: str, track_id: str) -> dict[str, str]:
        return {"pk": listener_id, "sk": f"RESUME#{track_id}"}

    @staticmethod
    def revoked_key(session_id: str) -> dict[str, str]:
        return {"pk": session_id, "sk": "REVOKED"}

    @staticmethod
    def read_player(listener_id: str, row: Mapping[str, Any] | None) -> Player:
        if row is None:
            return Player(listener_id=listener_id)
        return Player(
            listener_id=listener_id,
            version=row["version"],
            sessions=tuple(_session(session_id, each) for session_id, each in row["sessions"].items()),
            last=_stop(row["last"]) if "last" in row else None,
        )

    @staticmethod
    def read_progress(row: Mapping[str, Any]) -> Progress:
        return _progress(row)

    def player(self, listener_id: str) -> Player:
        return self.read_player(listener_id, dynamo.get(self.name, self.player_key(listener_id), consistent=True))

    def was_revoked(self, session_id: str, listener_id: str) -> bool:
        row = dynamo.get(self.name, self.revoked_key(session_id), consistent=True)
        return row is not None and row["listener_id"] == listener_id

    def change(
        self, player: Player, *, begin: Session | None, end: Sequence[Session], now: int, revoke_until: int
    ) -> bool:
        """Begin and end sessions of *player* in one write; False, and nothing done, where somebody was faster.

        What ends is revoked in the same write: until *revoke_until* at the edge, where a signature of its may still
        open something, and a day longer for its device, which may ask late or twice.
        """
        update: Any = self._change(player, begin, end)
        revoked: list[Any] = []
        for session in end:
            row = self._revoked(session, player, revoke_until if session.signed_until > now else now)
            revoked.append({"Put": {"TableName": self.name, "Item": dynamo.encode(row)}})
        try:
            if revoked:
                dynamo.client().transact_write_items(TransactItems=[{"Update": update}, *revoked])
            else:
                dynamo.client().update_item(**update)
        except ClientError as fault:
            if dynamo.code(fault) in _LOST_RACES:
                return False
            raise
        return True

    def extend(
        self, listener_id: str, session: Session, *, plays: Mapping[str, str], lease: int, signed_until: int
    ) -> bool:
        """Renew a session and add *plays* to it; False where it has ended meanwhile."""
        # The version moves, so that whoever ends this session at the same moment learns of the new signatures.
        sets = ["sessions.#s.lease = :lease", "sessions.#s.signed_until = :signed", "version = version + :one"]
        names = {"#s": session.id}
        values: dict[str, Any] = {":lease": lease, ":signed": signed_until, ":one": 1}
        for number, (play, track) in enumerate(plays.items()):
            names[f"#p{number}"], values[f":p{number}"] = play, track
            sets.append(f"sessions.#s.plays.#p{number} = :p{number}")
        old = sorted(session.plays)[: max(0, len(session.plays) + len(plays) - REMEMBERED_PLAYS)]
        names |= {f"#o{number}": play for number, play in enumerate(old)}
        removes = ", ".join(f"sessions.#s.plays.#o{number}" for number in range(len(old)))
        expression = f"SET {', '.join(sets)}" + (f" REMOVE {removes}" if removes else "")
        return self._update(
            self.player_key(listener_id), expression, names, values, condition="attribute_exists(sessions.#s)"
        )

    def report(
        self, listener_id: str, session_id: str, progress: Progress, *, by_clock: bool, lease: int
    ) -> Player | None:
        """Note *progress* and renew the lease. None, and nothing done, where it is late or there is no such play.

        *by_clock*: the device gave a time, and time decides what is later, so that seeking back counts. Without
        one a play only goes forward.
        """
        order = (
            "sessions.#s.#c.at_ms <= :at"
            if by_clock
            else "sessions.#s.#c.play_id < :play OR (sessions.#s.#c.play_id = :play AND sessions.#s.#c.position_ms <= :position)"
        )
        values: dict[str, Any] = {":lease": lease, ":current": asdict(progress)}
        values |= _ordered(progress, by_clock=by_clock)
        try:
            answer = dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode(self.player_key(listener_id)),
                UpdateExpression="SET sessions.#s.lease = :lease, sessions.#s.#c = :current",
                ConditionExpression="attribute_exists(sessions.#s.plays.#p)"
                f" AND (attribute_not_exists(sessions.#s.#c) OR {order})",
                ExpressionAttributeNames={"#s": session_id, "#c": "current", "#p": progress.play_id},
                ExpressionAttributeValues=dynamo.encode(values),
                ReturnValues="ALL_NEW",
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                return None
            raise
        return self.read_player(listener_id, dynamo.decode(answer["Attributes"]))

    def keep(self, listener_id: str, track_id: str, progress: Progress, *, by_clock: bool) -> bool:
        """Note how far the track has come, unless a later play, or this one later on, has said so already."""
        order = "at_ms <= :at" if by_clock else "position_ms <= :position"
        values = _ordered(progress, by_clock=by_clock) | {":play": progress.play_id}
        return dynamo.put(
            self.name,
            self.resume_key(listener_id, track_id)
            | asdict(progress)
            | {"expires_at": progress.seen + RESUME_DAYS * _DAY},
            condition=f"attribute_not_exists(play_id) OR play_id < :play OR (play_id = :play AND {order})",
            values=values,
        )

    def _change(self, player: Player, begin: Session | None, end: Sequence[Session]) -> dict[str, Any]:
        values: dict[str, Any] = {":next": player.version + 1}
        names: dict[str, str] = {}
        sets = ["version = :next"]
        if player.version == 0:
            condition = "attribute_not_exists(version)"
            sets.append("sessions = :sessions")
            values[":sessions"] = {begin.id: _session_row(begin)} if begin else {}
        else:
            condition = "version = :version"
            values[":version"] = player.version
            if begin:
                names["#new"], values[":new"] = begin.id, _session_row(begin)
                sets.append("sessions.#new = :new")
        if end and (stop := player.where(tuple(end))):
            names["#last"], values[":last"] = "last", asdict(stop)
            sets.append("#last = :last")
        names |= {f"#e{number}": session.id for number, session in enumerate(end)}
        removes = ", ".join(f"sessions.#e{number}" for number in range(len(end)))
        update: dict[str, Any] = {
            "TableName": self.name,
            "Key": dynamo.encode(self.player_key(player.listener_id)),
            "UpdateExpression": f"SET {', '.join(sets)}" + (f" REMOVE {removes}" if removes else ""),
            "ConditionExpression": condition,
            "ExpressionAttributeValues": dynamo.encode(values),
        }
        return update | ({"ExpressionAttributeNames": names} if names else {})

    def _revoked(self, session: Session, player: Player, until: int) -> dict[str, Any]:
        # A day longer than the edge needs it, so that a device that wakes up late still hears what happened.
        row = {"listener_id": player.listener_id, "until": until, "expires_at": until + _DAY}
        return self.revoked_key(session.id) | row

    def _update(
        self,
        key: Mapping[str, Any],
        expression: str,
        names: dict[str, str],
        values: Mapping[str, Any],
        *,
        condition: str,
    ) -> bool:
        try:
            dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode(key),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=dynamo.encode(values),
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _ordered(progress: Progress, *, by_clock: bool) -> dict[str, Any]:
    if by_clock:
        return {":at": progress.at_ms}
    return {":play": progress.play_id, ":position": progress.position_ms}


def _session_row(session: Session) -> dict[str, Any]:
    row = asdict(session)
    del row["id"]
    return row


def _session(id: str, row: Mapping[str, Any]) -> Session:
    current = _progress(row["current"]) if "current" in row else None
    return Session(**{**row, "id": id, "device": Device(**row["device"]), "current": current})


def _progress(row: Mapping[str, Any]) -> Progress:
    return Progress(**{name: row[name] for name in ("play_id", "position_ms", "state", "at_ms", "seen")})


def _stop(row: Mapping[str, Any]) -> Stop:
    return Stop(**{**row, "device": Device(**row["device"]), "progress": _progress(row["progress"])})
