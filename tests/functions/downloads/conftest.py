from tests.functions.listening import call, house, licence, play

__all__ = ["call", "house", "licence", "play"]
