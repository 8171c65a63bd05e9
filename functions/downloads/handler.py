"""Lambda entry point. Connect here, during init, while the CPU is generous."""

from legato import dynamo, secrets
from legato.api import entry

from .app import app

dynamo.client()
secrets.client()
handler = entry(app)
