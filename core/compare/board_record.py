"""A comparison as plain values: every row of the leaderboard, and what its verdict says of them."""

from typing import Any

from ..plain import plain
from .board_section import forced_words
from .power_words import power_words
from .terminal import track_record_line
from .verdict import conclusion


def comparison_record(comparison: Any) -> dict[str, Any]:
    """Return the record of a `Comparison`."""
    return plain(
        {
            "name": comparison.config.name,
            "verdict": {
                "headline": comparison.luck.headline,
                "conclusion": conclusion(comparison),
                "judged": comparison.judged,
                "track_record": track_record_line(comparison.luck),
                "power": power_words(comparison.luck.power, comparison.luck.periods_per_year),
            },
            "leaderboard": comparison.board,
            "stress": comparison.stress,
            "luck": comparison.luck,
            "forced": forced_words(comparison.board),
            "notes": comparison.notes,
            "source": comparison.source,
            "synthetic": comparison.synthetic,
            "config": comparison.config,
        }
    )
