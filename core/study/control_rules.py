"""What a score has to beat: only what it knows beyond the price's own past is its own."""

from dataclasses import replace

import numpy as np

from ..pages.language import say
from .design import Question

_COVERED = 1.0 / 3.0
"""Least share of the scored security-sessions for which a control is known: the regressions hold those cells only, and
below it they would speak of another sample than the rest of the study."""


def usable(question: Question) -> tuple[Question, tuple[str, ...]]:
    """Return the question with the controls that are known widely enough, and a note on those that are not."""
    scored = ~np.isnan(question.score[question.first :])
    total = scored.sum()
    kept, notes = {}, []
    for name, values in question.controls.items():
        known = int((scored & ~np.isnan(values[question.first :])).sum())
        if total and known / total >= _COVERED:
            kept[name] = values
        else:
            share = known / total if total else 0.0
            notes.append(
                say(
                    "The control {name} is known for {share} of the scores only, so it is left out.",
                    name=name,
                    share=f"{share:.0%}",
                )
            )
    return replace(question, controls=kept), tuple(notes)
