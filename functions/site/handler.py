"""Lambda entry point."""

from legato.custom_resource import entry

from .app import s3, serve

s3()
handler = entry(serve)
