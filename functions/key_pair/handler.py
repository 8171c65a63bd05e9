"""Lambda entry point."""

from legato import secrets
from legato.custom_resource import entry

from .app import serve

secrets.client()
handler = entry(serve)
