from dataclasses import dataclass

import pytest

from legato.config import dump, load


@dataclass(frozen=True, kw_only=True)
class Settings:
    table: str
    seconds: int
    share: float = 0.5
    eager: bool = False


def test_what_the_stack_writes_the_function_reads():
    settings = Settings(table="t", seconds=7, eager=True)
    assert load(Settings, dump(settings)) == settings


def test_every_missing_variable_is_named_at_once():
    with pytest.raises(LookupError, match="TABLE, SECONDS"):
        load(Settings, {})
