"""Music for tests: valid things, with one detail changed at a time."""

from legato import ids
from legato.catalog import model

COVER = model.Art(key="0123abcd", edges=(64, 300, 640, 1200), placeholder="data:image/webp;base64,AAAA")


def an_artist(name="Nina Simone", role="main"):
    return model.ArtistRef(id=model.artist_id(name), name=name, role=role)


def an_album(title="Little Girl Blue", artist="Nina Simone", **changes):
    values = {
        "id": model.album_id(artist, title),
        "title": title,
        "artists": (an_artist(artist),),
        "release_date": "1959-02",
        "genre": "Jazz",
        "added_at": "2026-01-01T00:00:00.000Z",
        "art": COVER,
    }
    return model.Album(**values | changes)


def a_track(title="Mood Indigo", album=None, **changes):
    album = album or an_album()
    values = {
        "id": ids.of("trk", album.id, title),
        "title": title,
        "duration_ms": 240_000,
        "artists": album.artists,
        "album_id": album.id,
        "album_title": album.title,
        "genre": album.genre,
        "year": 1959,
        "art": album.art,
    }
    return model.Track(**values | changes)


def request(method, path, *, query=None, body=None, headers=None, sub=None):
    """An HTTP API event (payload 2.0) as the gateway would send it."""
    context = {"http": {"method": method, "path": path}, "stage": "$default", "routeKey": f"{method} {path}"}
    if sub:
        context["authorizer"] = {"jwt": {"claims": {"sub": sub, "plan": "free", "roles": "[]"}, "scopes": []}}
    return {
        "version": "2.0",
        "rawPath": path,
        "queryStringParameters": query,
        "headers": {"content-type": "application/json", "x-legato-origin": "s3cret", "cloudfront-viewer-country": "DE"}
        | (headers or {}),
        "requestContext": context,
        "body": body,
        "isBase64Encoded": False,
    }
