"""What a run has to say of dated facts that are not known everywhere, or not of their own day."""

from collections.abc import Collection, Iterator

from ..pages.language import joined, say
from ..panel.dated_facts import FACTS, Carry, Coverage, coverage
from ..panel.panel import Panel


def fact_notes(panel: Panel, carry: Carry, used: Collection[str]) -> Iterator[str]:
    """Yield on how much of the data facts are known, and what `data.carry` names in vain.

    Parameters
    ----------
    panel : Panel
        Of the run, after `carried`.
    carry : mapping of str to int or "all"
        As in `carried`.
    used : collection of str
        Fields that the run reads.
    """
    facts = [name for name in FACTS if name in panel and name in used]
    parts = [part for name in facts if (part := _known(name, coverage(panel, name)))]
    if parts:
        yield say(
            "Dated facts that the data do not tell of every session: {facts} (a cell is a session of a security that "
            "has a price). A fact holds on its own day, and on later ones only for the sessions that `data.carry` "
            "gives it.",
            facts=joined(parts, "{one}; {other}"),
        )
    idle = [f"`{name}`" for name in carry if name not in panel]
    if idle:
        names = joined(idle, "{one}, {other}")
        yield say("`data.carry` has no effect on {names}: the data have none.", names=names)


def _known(name: str, of: Coverage) -> str:
    """Return the figures of a fact; empty where it is known of every cell by its own day."""
    if not of.carried and not of.unknown:
        return ""
    parts = [_days(name, of)]
    if of.carried:
        parts.append(say("carried into {n} of {cells} cells", n=f"{of.carried:,}", cells=f"{of.cells:,}"))
    if of.unknown:
        counts = {"n": f"{of.unknown:,}", "cells": f"{of.cells:,}"}
        parts.append(say("unknown in {n} of {cells} cells", **counts))
        parts.append(say("where a security counts as {what}", what=FACTS[name]))
    return joined(parts, "{one}, {other}")


def _days(name: str, of: Coverage) -> str:
    """Return on which sessions a fact is known of its own day."""
    told = {"name": name, "n": f"{of.days:,}", "all": f"{of.sessions:,}"}
    if not of.first:
        return say("`{name}` on {n} of {all} sessions", **told)
    span = of.first if of.first == of.last else f"{of.first}..{of.last}"
    return say("`{name}` on {n} of {all} sessions ({span})", **told, span=span)
