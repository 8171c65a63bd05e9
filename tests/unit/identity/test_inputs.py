import pytest

from legato.errors import MalformedRequest
from legato.identity import inputs


@pytest.mark.parametrize(
    ("typed", "text", "key"),
    [
        ("anna@example.com", "anna@example.com", "anna@example.com"),
        (" Anna.Berg+music@Example.COM ", "Anna.Berg+music@example.com", "anna.berg+music@example.com"),
        ("o'brien@example.ie", "o'brien@example.ie", "o'brien@example.ie"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example", "jörg@xn--bcher-kva.example"),
        ("jo\u0308rg@example.com", "jörg@example.com", "jörg@example.com"),
        ("stra\u00dfe@example.com", "stra\u00dfe@example.com", "stra\u00dfe@example.com"),
        ("K\u212a@example.com", "KK@example.com", "kk@example.com"),
    ],
)
def test_an_address_has_one_form_to_write_to_and_one_to_find_it_by(typed, text, key):
    found = inputs.address(typed)
    assert (found.text, found.key) == (text, key)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "anna",
        "anna@",
        "@example.com",
        "anna@localhost",
        "anna@127.0.0.1",
        "anna@[127.0.0.1]",
        "anna@example..com",
        "anna@-example.com",
        "anna@example.com.",
        "anna@exa mple.com",
        "an na@example.com",
        "anna\0@example.com",
        "anna@example.com\0",
        "anna@example.com\r\nBcc: all@example.com",
        '"anna"@example.com',
        "anna(home)@example.com",
        "anna,bob@example.com",
        "anna;bob@example.com",
        "<anna@example.com>",
        ".anna@example.com",
        "anna.@example.com",
        "an..na@example.com",
        "bob@anna@example.com",
        "\u202eanna\x07@example.com",
        "a" * 65 + "@example.com",
        "anna@" + "a" * 64 + ".com",
        "anna@" + "a." * 130 + "com",
        "anna@" + "\u3002" * 10,
        "a" * 100_000 + "@example.com",
        "ü" * 33 + "@example.com",
    ],
)
def test_what_no_mail_reaches_is_no_address(typed):
    with pytest.raises(MalformedRequest) as refusal:
        inputs.address(typed)
    assert refusal.value.context["errors"][0]["at"] == "body.email"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Anna   Berg ", "Anna Berg"),
        ("Zoe\u0308", "Zoë"),
        ("宇多田ヒカル", "宇多田ヒカル"),
        ("👩‍🎤", "👩‍🎤"),
        ("x" * 80, "x" * 80),
    ],
)
def test_a_name_is_kept_as_people_write_it(typed, kept):
    assert inputs.display_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "x" * 81, "a\0b", "a\nb", "\u202egnp.exe", "a\u2028b", "\x1b[31mred"])
def test_a_name_that_breaks_a_page_or_a_log_is_refused(typed):
    with pytest.raises(MalformedRequest):
        inputs.display_name(typed)
