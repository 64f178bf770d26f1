"""How a kind of answer is declared: version, what it is, keys with unit and meaning."""

from typing import NamedTuple

TEXT, TEXTS, NUMBER, WHOLE, TRUTH, DAY = "text", "list of texts", "number", "whole number", "true or false", "day"
ROWS, KEYS = "list of rows", "mapping"
"""What a key holds. Rows are mappings, each with the same keys; any value may be null where there is none."""


class Key(NamedTuple):
    """One key of a content.

    Parameters
    ----------
    name, holds, meaning, unit : str
    inside : str
        The keys of each row, or of the mapping, with blanks between; empty where they depend on what was asked.
    """

    name: str
    holds: str
    meaning: str
    unit: str = ""
    inside: str = ""


class Kind(NamedTuple):
    """One kind of answer.

    Parameters
    ----------
    version : int
        One more where a key goes, or changes its meaning, type or unit; new keys leave it.
    given_by : tuple of str
        The commands that give it.
    meaning : str
    keys : tuple of Key
        Of the content, in its order: those of the record of the object.
    places : tuple of Key
        What the command adds: where it wrote, how long it took.
    """

    version: int
    given_by: tuple[str, ...]
    meaning: str
    keys: tuple[Key, ...]
    places: tuple[Key, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The keys of the content of the command's answer."""
        return tuple(key.name for key in (*self.keys, *self.places))


NAME = Key("name", TEXT, "as the configuration says")
NOTES = Key("notes", TEXTS, "what the reader has to know, one sentence each")
CONFIG = Key("config", KEYS, "the resolved configuration, every default filled in")
SOURCE = Key("source", TEXT, "where the data come from")
SYNTHETIC = Key("synthetic", TRUTH, "whether the data are generated: then nothing here speaks of a real market")
VERDICT = Key("verdict", KEYS, "what is known of luck, look-ahead, rules and data", inside="luck lookahead rules data")
SENTENCE = Key("sentence", TEXT, "the answer in a sentence")
DATE = Key("date", DAY, "the day that is shown")
CURRENCY = Key("currency", TEXT, "of all amounts")
FOLDER = Key("folder", TEXT, "the folder that was written or read")
REPORT = Key("report", TEXT, "the page that was written")
PAGE = Key("page", TEXT, "the page that was written, where one was asked for")
