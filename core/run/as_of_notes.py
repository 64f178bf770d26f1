"""What a run says of the day whose rules it holds still: which they are, and what cannot be held still."""

from collections.abc import Iterator

from ..account.terms import own_rules, rulebook_of
from ..pages import formats
from ..pages.language import joined, say
from ..rulebook import DatedRule, Rulebook
from ..rulebook.rulebook import OF_PRICES
from .rules_used import rules_used
from .scenario import Scenario


def as_of_told(scenario: Scenario) -> Iterator[str]:
    """Say which day's rules hold throughout, what would hold without, and what follows its own days all the same."""
    book = rulebook_of(scenario.config.conditions)
    if book.as_of is None:
        return
    yield say(
        "The dated rules are those of {day} on every session (`market.rules_as_of`), as if they had always stood: no "
        "contract keeps an earlier rule, and no change is phased in.",
        day=str(book.as_of),
    )
    yield from _otherwise(scenario)
    yield from _by_session(scenario, book)
    if book.as_of > book.last_change:
        yield say(
            "The rulebook records no change after {last}: what has changed from then to {day} is not known.",
            last=str(book.last_change),
            day=str(book.as_of),
        )


def otherwise(scenario: Scenario) -> list[DatedRule]:
    """Return the rules of the sessions' own days that differ in value from those held, and that no number replaces."""
    conditions = scenario.config.conditions
    own, book = own_rules(conditions), rulebook_of(conditions)
    held = {rule.name: rule.value for rule in rules_used(scenario)}
    plain = rules_used(scenario, Rulebook.load())
    replaced = {key for key, value in own.items() if value.override}
    return [
        rule
        for rule in plain
        if rule.key not in replaced and _is_held(rule, book) and _held_value(rule, held) != rule.value
    ]


def _is_held(rule: DatedRule, book: Rulebook) -> bool:
    return book.is_held(rule.key, rule.board, rule.status)


def _held_value(rule: DatedRule, held: dict[str, float | str]) -> float | str | None:
    """Return what is held in the place of a rule: of its own case, else everybody's."""
    return held.get(rule.name, held.get(rule.key))


def _otherwise(scenario: Scenario) -> Iterator[str]:
    rules = otherwise(scenario)
    told = [{"rule": rule.name, "value": formats.exact(rule.value), "day": str(rule.effective)} for rule in rules]
    if told:
        listed = joined((say("{rule} {value} from {day}", **one) for one in told), "{one}; {other}")
        yield say("By the sessions' own days these would hold in their place: {rules}.", rules=listed)
    else:
        yield say("By the sessions' own days the same rules would hold.")


def _by_session(scenario: Scenario, book: Rulebook) -> Iterator[str]:
    used = sorted({rule.name for rule in rules_used(scenario) if rule.key in OF_PRICES})
    if used:
        yield say(
            "By the session's own day all the same, since the prices of the data came about under them: {rules}.",
            rules=joined(used, "{one}, {other}"),
        )
    unknown = {rule.name for rule in rules_used(scenario) if rule.key not in OF_PRICES and not _is_held(rule, book)}
    if unknown:
        yield say(
            "By the session's own day too, since they are not known on that day: {rules}.",
            rules=joined(sorted(unknown), "{one}, {other}"),
        )
    yield say(
        "What the data publish (lists, haircuts, what may be borrowed) and dated rates of the configuration are those "
        "of each session too."
    )
