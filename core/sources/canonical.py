"""Tables whose columns have the canonical names, and those whose columns a user names: ``--columns date=day,…``."""

from ..panel.panel import FIELDS
from .layout import Layout

LAYOUTS = (
    Layout(
        name="canonical",
        description="Columns with the canonical names of the fields; what --columns maps to",
        source="a table with canonical columns",
        columns={name: name for name in FIELDS if name != "industry"},
        required=("date",),
        is_told=False,
    ),
)
