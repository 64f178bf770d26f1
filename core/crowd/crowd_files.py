"""A market of many accounts as a dataset, with what is true of it beside the data."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..dataset import store
from ..dataset.writer import writing
from ..errors import DataError
from ..folders import write_file
from ..panel.panel import Panel
from ..synthetic.stylised_facts import facts_of, sample
from ..synthetic.writing import TRUTH_FILES, refuse_real, remove_beside

if TYPE_CHECKING:
    import pandas as pd

TRUTH_NAME, DAYS_NAME, ACCOUNTS_NAME = TRUTH_FILES


def save_market(
    folder: str | Path, panel: Panel, truth: "pd.DataFrame", days: "pd.DataFrame", accounts: "pd.DataFrame"
) -> tuple[dict[str, Any], dict[str, float]]:
    """Write a market as a dataset with the tables of its truth; return its `info` and its stylised facts.

    Raises
    ------
    OutputError
        The folder holds something else, data that are not synthetic among it; or it cannot be written.
    """
    folder = Path(folder)
    with writing(folder) as writer:
        refuse_real(writer, folder)
        writer.put(panel, whole=True)
        writer.commit(panel, [])
        remove_beside(folder)
        write_file(folder / TRUTH_NAME, _parquet(truth))
        write_file(folder / DAYS_NAME, days.to_csv(index=False, lineterminator="\n"))
        write_file(folder / ACCOUNTS_NAME, accounts.to_csv(index=False, lineterminator="\n"))
    return store.info(folder), facts_of(sample(panel))


def read_truth(folder: str | Path) -> "pd.DataFrame":
    """Return the truth that lies beside the data of a market of many accounts.

    Raises
    ------
    DataError
        There is none, or it is damaged.
    """
    import pandas as pd

    path = Path(folder) / TRUTH_NAME
    if not path.is_file():
        raise DataError(
            f"{folder} should hold {TRUTH_NAME}, which `liangrong data synth --accounts N` writes; it does not: "
            "of other data nobody knows the truth"
        )
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is damaged ({error}): make the market again") from None


def _parquet(table: "pd.DataFrame") -> bytes:
    made = io.BytesIO()
    table.to_parquet(made, index=False, compression="lz4")
    return made.getvalue()
