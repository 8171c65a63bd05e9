from tests.functions.cloud import calls, cloud

__all__ = ["calls", "cloud"]
