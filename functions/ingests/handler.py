"""Lambda entry point. Connect here, during init, while the CPU is generous."""

from legato import dynamo
from legato.api import entry
from legato.ingest import objects

from .app import app

dynamo.client()
objects.client()
handler = entry(app)
