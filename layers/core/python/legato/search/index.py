"""The index itself: what is kept of a song, and how a question is put to it. The only module that knows tantivy's schema.

An id is 16 bytes, kept as two integers beside the documents: reading a hit costs two lookups and no
decompression, and a million songs need no store. (Integers must be *signed* fields: an int into an unsigned
one kills tantivy-py's writer without a reason.)
"""

import base64
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from legato.search import folding
from legato.search.folding import Asked
from legato.search.model import Entry, Kind, edits

SCHEMA = 1
"""Goes into the bucket's keys: readers of one schema never open another's files."""
HEAP_BYTES = 32_000_000
ENOUGH = 3
"""With so many hits as written, nobody looks for words that are only like them."""


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id_high", indexed=True, fast=True)
    builder.add_integer_field("id_low", fast=True)
    builder.add_integer_field("popularity", fast=True)
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name="folded", index_option="position")
    builder.add_text_field("artist", tokenizer_name="folded", index_option="position")
    builder.add_text_field("all", tokenizer_name="folded", index_option="freq")
    return builder.build()


def write(folder: Path, changes: Mapping[str, Entry | None]) -> None:
    """Put the *changes* (by id; None takes away) into the index in *folder*, which is made where there is none."""
    index = tantivy.Index(schema(), str(folder), reuse=True)
    # `folding` has done the work: all that is left is to cut at spaces.
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("folded", words)
    writer = index.writer(heap_size=HEAP_BYTES, num_threads=1)
    for changed, entry in changes.items():
        # 64 of the 128 bits name a document: among a million, two share them once in 37 million catalogues.
        writer.delete_documents_by_term("id_high", _split(changed)[0])
        if entry:
            writer.add_document(_document(entry))
    writer.commit()
    writer.wait_merging_threads()


def _document(entry: Entry) -> tantivy.Document:
    high, low = _split(entry.id)
    title, artist, album = (folding.indexed(text) for text in (entry.title, " ".join(entry.artists), entry.album))
    return tantivy.Document(
        id_high=high,
        id_low=low,
        popularity=max(entry.popularity, 0),
        kind=entry.id[:3],
        title=" ".join(title),
        artist=" ".join(artist),
        all=" ".join([*title, *artist, *album]),
    )


class Index:
    """One version of the index, open for questions."""

    def __init__(self, folder: Path | None = None) -> None:
        """An empty one where there is no *folder*: nothing was published yet."""
        self._index = tantivy.Index.open(str(folder)) if folder else tantivy.Index(schema())
        self._searcher = self._index.searcher()

    def find(self, asked: Asked, kind: Kind, limit: int) -> list[str]:
        """Ids, best first: those with every word as written, then those with typing mistakes in it."""
        found = self._run(self._query(asked, kind, loose=False), kind, limit)
        if len(found) < min(limit, ENOUGH) and any(map(edits, (*asked.words, asked.last))):
            found += [hit for hit in self._run(self._query(asked, kind, loose=True), kind, limit) if hit not in found]
        return found[:limit]

    def _run(self, query: Query, kind: Kind, limit: int) -> list[str]:
        hits = self._searcher.search(query, limit, count=False, weight_by_field="popularity").hits
        places = [place for _, place in hits]
        high, low = (self._searcher.fast_field_values(name, places) for name in ("id_high", "id_low"))
        return [_join(kind, int(a or 0), int(b or 0)) for a, b in zip(high, low, strict=True)]

    def _query(self, asked: Asked, kind: Kind, *, loose: bool) -> Query:
        clauses = [(Occur.Must, Query.const_score_query(self._term("kind", kind.value), 0.0))]
        clauses += [(Occur.Must, self._word(word, loose=loose)) for word in asked.words]
        clauses.append((Occur.Must, self._prefix(asked.last, loose=loose)))
        # A title beats an artist beats an album; a word as written beats one that only begins like it.
        for word in (*asked.words, asked.last):
            clauses.append((Occur.Should, Query.boost_query(self._term("title", word), 2.0)))
            clauses.append((Occur.Should, self._term("artist", word)))
        return Query.boolean_query(clauses)

    def _word(self, word: str, *, loose: bool) -> Query:
        if folding.unspaced(word):
            return self._begins(word, mistakes=0)
        if loose and (mistakes := edits(word)):
            return self._nearest(
                Query.fuzzy_term_query(self._index.schema, "all", word, n) for n in range(1, mistakes + 1)
            )
        return self._term("all", word)

    def _prefix(self, word: str, *, loose: bool) -> Query:
        if not loose or folding.unspaced(word):
            return self._begins(word, mistakes=0)
        return self._nearest(self._begins(word, mistakes=n) for n in range(edits(word) + 1))

    def _nearest(self, by_mistakes: Iterable[Query]) -> Query:
        """The more mistakes a match needs, the less it counts."""
        return Query.disjunction_max_query(
            [Query.boost_query(query, 1 / (n + 1)) for n, query in enumerate(by_mistakes)]
        )

    def _begins(self, word: str, *, mistakes: int) -> Query:
        return Query.fuzzy_term_query(self._index.schema, "all", word, mistakes, prefix=True)

    def _term(self, field: str, word: str) -> Query:
        return Query.term_query(self._index.schema, field, word)


def _split(id: str) -> tuple[int, int]:
    text = id.partition("_")[2].upper()
    high, low = struct.unpack(">qq", base64.b32hexdecode(text + "=" * (-len(text) % 8)))
    return high, low


def _join(kind: Kind, high: int, low: int) -> str:
    return f"{kind.value}_{base64.b32hexencode(struct.pack('>qq', high, low)).decode().rstrip('=').lower()}"
