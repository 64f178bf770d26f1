"""Horizontal bars with the amounts beside them, and the room that their labels need."""

import numpy as np

from ..pages import formats
from ..pages.figures import Figure, axis_of, empty_figure, rounded
from ..pages.formats import unit_of


def label_room(labels: list[str]) -> int:
    """Return the margin (px) for labels; a Chinese sign is twice as wide as a Latin one."""
    return 16 + max(round(sum(12.0 if ord(sign) > 0x2E80 else 6.7 for sign in label)) for label in labels)


def bars(labels: list[str], amounts: list[float]) -> Figure:
    """Return horizontal bars, first on top, with the amounts in the axis's unit beside them."""
    figure = empty_figure(height=max(150, 60 + 30 * len(labels)), left=label_room(labels), right=12)
    unit, name = unit_of(np.array(amounts))
    figure["data"] = [
        {
            "type": "bar",
            "orientation": "h",
            "x": rounded([value / unit for value in amounts], 6),
            "y": labels,
            "text": [f"{value / unit:+,.3g}" for value in amounts],
            "customdata": [formats.amount(value, sign=True) for value in amounts],
            "textposition": "outside",
            "cliponaxis": False,
            "hovertemplate": f"%{{y}}: %{{customdata}} {formats.currency_name('CNY')}<extra></extra>",
            "marker": {"color": ["--gain" if value >= 0 else "--loss" for value in amounts]},
        }
    ]
    ends = [min([0.0, *amounts]) / unit, max([0.0, *amounts]) / unit]
    room = 0.3 * ((ends[1] - ends[0]) or 1.0)  # for the amounts beside the bars
    figure["layout"] |= {
        "xaxis": axis_of(name, zeroline=True, range=[ends[0] - room, ends[1] + room]),
        "yaxis": axis_of("", autorange="reversed", type="category"),
        "hovermode": "closest",
        "showlegend": False,
    }
    return figure
