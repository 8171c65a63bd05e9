"""The passwords that guessers try first: words and habits everybody knows, put together here.

Not a copied list: each entry is a plain word, a keyboard walk, a run or a date habit, alone or with the
endings that people add when a site asks for "a digit and a sign".
"""

import re
import unicodedata
from functools import cache

WORDS = [
    "password",
    "passwort",
    "passord",
    "contrasena",
    "motdepasse",
    "senha",
    "parola",
    "heslo",
    "haslo",
    "salasana",
    "wachtwoord",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "pa$$word",
    "pa$$w0rd",
    "passwd",
    "letmein",
    "welcome",
    "welkom",
    "willkommen",
    "bienvenue",
    "admin",
    "administrator",
    "root",
    "guest",
    "user",
    "login",
    "master",
    "default",
    "changeme",
    "secret",
    "hello",
    "hallo",
    "bonjour",
    "iloveyou",
    "loveyou",
    "sunshine",
    "princess",
    "princesa",
    "dragon",
    "monkey",
    "shadow",
    "superman",
    "batman",
    "pokemon",
    "starwars",
    "football",
    "baseball",
    "basketball",
    "soccer",
    "hockey",
    "liverpool",
    "chelsea",
    "arsenal",
    "barcelona",
    "juventus",
    "realmadrid",
    "michael",
    "jennifer",
    "jessica",
    "ashley",
    "daniel",
    "charlie",
    "jordan",
    "andrew",
    "thomas",
    "george",
    "nicole",
    "samantha",
    "freedom",
    "whatever",
    "trustno1",
    "computer",
    "internet",
    "samsung",
    "google",
    "facebook",
    "microsoft",
    "windows",
    "apple",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "october",
    "november",
    "december",
    "monday",
    "friday",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfgh",
    "asdf",
    "zxcvbn",
    "qazwsx",
    "abc",
    "abcd",
    "abcdef",
    "test",
    "testing",
    "temp",
    "music",
    "spotify",
    "legato",
    "listener",
    "playlist",
]
ENDINGS = (
    ["", "!", "!!", "!1", "1!", "12!", "123!", "1234!", "?", ".", "@1", "@12", "@123", "#1", "#123", "$1", "00", "007"]
    + ["1" * n for n in range(1, 5)]
    + ["1234567890"[:n] for n in range(2, 11)]
    + [
        "01",
        "11",
        "13",
        "21",
        "22",
        "23",
        "69",
        "77",
        "99",
        "321",
        "666",
        "777",
        "2023",
        "2024",
        "2025",
        "2026",
        "2030",
    ]
)
WALKS = """
    1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc q1w2e3r4 q1w2e3r4t5 qwer1234 qwerasdf qwertyuiop asdfghjkl
    zxcvbnm123 qazwsxedc qazxswedc zaq12wsx zaq1zaq1 1qazxsw2 asdfjkl; asdf1234 abcd1234 a1b2c3d4 aa123456
    qweasdzxc qwe123456 123qweasd 1234qwer 123456qwerty 147258369 159753456 987654321 789456123 741852963
    p455w0rd pass1234 pass12345 ninja1234 mustang1 whatever1 blink182 slipknot metallica nirvana1 greenday
    iloveyou2 jesuschrist godislove ilovemusic musiclover lovemusic guitar123 correcthorsebatterystaple
""".split()  # noqa: SIM905 -- read as a list of words
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm")
_REPEATED = re.compile(r"(.{1,4}?)\1+")


def is_common(password: str) -> bool:
    """Whether a guesser would come to *password* within a few thousand tries."""
    plain = unicodedata.normalize("NFKC", password).casefold().strip()
    return plain in entries() or _REPEATED.fullmatch(plain) is not None or any(_runs_in(plain, run) for run in _RUNS)


@cache
def entries() -> frozenset[str]:
    return frozenset(word + ending for word in WORDS for ending in ENDINGS) | frozenset(WALKS)


def _runs_in(plain: str, run: str) -> bool:
    return len(plain) > 1 and (plain in run * 2 or plain in run[::-1] * 2)
