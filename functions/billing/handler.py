"""Lambda entry point. Connect here, during init, while the CPU is generous."""

from legato import dynamo, secrets
from legato.api import entry
from legato.billing import queue

from .app import app

dynamo.client()
secrets.client()
queue.client()
handler = entry(app)
