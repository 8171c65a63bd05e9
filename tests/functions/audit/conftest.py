from tests.functions.listening import call, house

__all__ = ["call", "house"]
