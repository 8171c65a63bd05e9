"""Lambda entry point. Connect and fetch the index here, during init, while the CPU is generous."""

from contextlib import suppress

from legato import dynamo, secrets
from legato.api import entry
from legato.errors import TryAgain

from .app import app, reader

dynamo.client()
secrets.client()
with suppress(TryAgain):
    reader().index()
handler = entry(app)
