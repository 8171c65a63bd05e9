"""Lambda entry point. Connect here, during init, while the CPU is generous."""

from legato.api import entry
from legato.telemetry import stream

from .app import app

stream.client()
handler = entry(app)
