"""The guides: Markdown files in the folder `guides` of the package, one for each topic and language.

The first line of a file is its title, the first paragraph one sentence that the list of topics shows. A line that is
`GENERATED` stands for what `generated` makes of that topic, from the very declarations that the tool obeys.
"""

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from ..errors import ConfigError, did_you_mean
from ..pages.language import Language

GENERATED = "<!-- generated -->"
ORDER = (
    *("my_data", "my_rule", "my_strategy", "broker_terms"),
    *("from_backtrader", "from_joinquant", "from_akquant"),
    *("statement", "ledger", "publication_lag", "luck", "honesty", "mcp"),
    *("glossary", "keys", "tables", "rules", "json"),
)
"""Topics in the order of the list; any other follows."""


@dataclass(frozen=True)
class Topic:
    """One guide, as the list of topics shows it."""

    name: str
    title: str
    sentence: str


def topics(language: Language) -> list[Topic]:
    """Return the guides that there are, in the order of the list."""
    names = {place.name.partition(".")[0] for place in _folder().iterdir() if place.name.endswith(f".{language}.md")}
    ranks = {name: rank for rank, name in enumerate(ORDER)}
    return [_topic(name, language) for name in sorted(names, key=lambda name: (ranks.get(name, len(ORDER)), name))]


def guide_text(asked: str, language: Language) -> str:
    """Return a guide as Markdown.

    Parameters
    ----------
    asked : str
        Its topic; capitals, spaces and hyphens do not matter.

    Raises
    ------
    ConfigError
        There is no such topic.
    """
    name = "_".join(asked.lower().replace("-", " ").split())
    known = [topic.name for topic in topics(language)]
    if name not in known:
        raise ConfigError(f"there is no guide `{asked}`: {did_you_mean(name, known)}known are {', '.join(known)}")
    text = _source(name, language)
    if GENERATED not in text.splitlines():
        return text
    from . import generated

    return text.replace(GENERATED, generated.MADE[name](language).strip())


def _topic(name: str, language: Language) -> Topic:
    title, sentence = _source(name, language).split("\n\n")[:2]
    # Lines are joined as they read: by a blank, in Chinese by nothing.
    return Topic(name, title.removeprefix("# "), ("" if language == "zh" else " ").join(sentence.split("\n")))


def _source(name: str, language: Language) -> str:
    return _folder().joinpath(f"{name}.{language}.md").read_text(encoding="utf-8")


def _folder() -> Traversable:
    return files(__name__.partition(".")[0]).joinpath("guides")
