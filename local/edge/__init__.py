"""CloudFront on a laptop: serves the deployed distribution as the emulator's CloudFront API describes it.

What it cannot show: TLS and the viewer protocol policy (a listener on loopback speaks plain HTTP, and is let through),
HTTP/2 and HTTP/3, Brotli (gzip is used in its place), price classes and regional caches, WAF, Lambda@Edge, viewer-response
functions, origin groups, Origin Shield, and the KMS permission that an SSE-KMS bucket would need.
"""
