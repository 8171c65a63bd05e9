import pytest

from legato.catalog import identifiers


@pytest.mark.parametrize(
    ("kind", "written", "plain"),
    [
        ("isrc", "GB-AYE-68-00001", "GBAYE6800001"),
        ("isrc", "isrc usrc17607839", "USRC17607839"),
        ("isrc", "USRC1760783", ""),
        ("isrc", "1SRC17607839", ""),
        # ISO 15707's own example
        ("iswc", "T-034.524.680-1", "T0345246801"),
        ("iswc", "T-034.524.680-2", ""),
        ("iswc", "034.524.680-1", ""),
        # GS1's examples: EAN-13, UPC-A, GTIN-8
        ("upc", "4006381333931", "4006381333931"),
        ("upc", "0 36000 29145 2", "036000291452"),
        ("upc", "73513537", "73513537"),
        ("upc", "4006381333932", ""),
        ("upc", "40063813339", ""),
        ("mbid", "B10BBBFC-CF9E-42E0-BE17-E2C3E1D2600D", "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"),
        ("mbid", "{b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d}", ""),
        ("mbid", "00000000-0000-0000-0000-000000000000", ""),
        ("mbid", "the Beatles", ""),
    ],
)
def test_a_number_is_what_its_standard_says_or_nothing(kind, written, plain):
    assert getattr(identifiers, kind)(written) == plain


def test_one_wrong_digit_of_a_barcode_is_always_noticed():
    right = "4006381333931"
    for at, digit in enumerate(right):
        for other in set("0123456789") - {digit}:
            assert identifiers.upc(right[:at] + other + right[at + 1 :]) == ""
