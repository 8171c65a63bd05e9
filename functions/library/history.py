"""What the listener heard."""

from aws_lambda_powertools.event_handler.api_gateway import Router

from legato.api import GUARDED

from . import asked
from .wire import History, HistoryItem

routes = Router()


@routes.get(
    "/v1/me/history",
    operation_id="getHistory",
    tags=["library"],
    summary="What I heard, the newest first",
    security=GUARDED,
)
def get_history(cursor: asked.Cursor = None, limit: asked.Limit = 50) -> History:
    lines, after = asked.library().history(asked.me(routes), limit=limit, after=asked.after(cursor))
    songs = asked.songs(routes, [line.track_id for line in lines])
    items = [
        HistoryItem(
            play_id=line.play_id,
            track=songs[line.track_id],
            played_at=line.played_at,
            heard_ms=line.heard_ms,
            qualified=line.qualified,
        )
        for line in lines
    ]
    return History(items=items, cursor=asked.cursor(after))
