"""The library: what a listener heard, likes, and puts together."""

from legato.api import new_api

from . import favorites, history, playlists

app = new_api()
for part in (history, favorites, playlists):
    app.include_router(part.routes)
