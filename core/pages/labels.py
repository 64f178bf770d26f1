"""Labels that are too long for their place: cut in the middle, so that those that differ still do."""

from collections import Counter
from collections.abc import Iterable, Sequence

CUT = "…"
"""Stands where something of a label is left out."""

BEGIN = 0.6
"""Share of a label that is kept of its beginning, where that leaves the labels distinct."""


def shortened(labels: Sequence[str], most: int) -> list[str]:
    """Return labels of at most `most` signs; those that differ still differ.

    Parameters
    ----------
    labels : sequence of str
    most : int
        8 or more.

    Notes
    -----
    What is left out first are the words that all long labels share, such as the rule of a grid over its parameters;
    then signs of the middle, wherever a cut leaves the labels distinct; then the beginning and end that all share.
    Where nothing of this does they are numbered.
    """
    most = max(most, 8)
    long = [label for label in dict.fromkeys(labels) if len(label) > most]
    if not long:
        return list(labels)
    whole = {label for label in labels if len(label) <= most}
    told = _without_common_words(long)
    for texts in (told, _without_common_ends(told)):
        for head in sorted(range(most), key=lambda head: abs(head - BEGIN * most)):
            cut = {label: _cut(text, head, most) for label, text in zip(long, texts, strict=True)}
            if _are_distinct(cut.values(), whole):
                return [cut.get(label, label) for label in labels]
    room = max(most - 2 - len(str(len(long))), 1)
    numbered = {label: f"{_cut(label, room, room)} #{n}" for n, label in enumerate(long, start=1)}
    return [numbered.get(label, label) for label in labels]


def _without_common_words(labels: Sequence[str]) -> list[str]:
    """Return labels without the words that all of them have; each run of these becomes one sign."""
    if len(labels) < 2:
        return list(labels)
    counts = Counter(word for label in labels for word in set(label.split()))
    shared = {word for word, count in counts.items() if count == len(labels)}
    return [_told(label.split(), shared) for label in labels]


def _without_common_ends(labels: Sequence[str]) -> list[str]:
    """Return labels without the signs that all of them begin and end with."""
    begin, end = _shared(labels), _shared([label[::-1] for label in labels])
    return [f"{CUT}{label[begin : max(begin, len(label) - end)]}{CUT}" for label in labels]


def _shared(labels: Sequence[str]) -> int:
    """Return with how many signs all of them begin."""
    first, last = min(labels), max(labels)  # in their order these two differ first
    return next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))


def _told(words: Iterable[str], shared: set[str]) -> str:
    told: list[str] = []
    for word in words:
        if word not in shared:
            told.append(word)
        elif not told or told[-1] != CUT:
            told.append(CUT)
    return " ".join(told)


def _cut(text: str, head: int, most: int) -> str:
    """Return `text` with at most `head` signs of its beginning, and of its end what `most` leaves."""
    if len(text) <= most:
        return text
    tail = most - 1 - min(head, most - 1)
    return text[: most - 1 - tail].rstrip() + CUT + (text[-tail:].lstrip() if tail else "")


def _are_distinct(texts: Iterable[str], others: set[str]) -> bool:
    texts = list(texts)
    return len(set(texts)) == len(texts) and not others & set(texts)
