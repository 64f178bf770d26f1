"""Every kind of thing that an import or an audit says of data: what it is, its verdict, and what to do about it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

REFUSE, FAIL, NOTE = "refuse", "fail", "note"
"""The import writes nothing; the audit exits with 1, since a backtest that touches it would be wrong; or the reader has
to know."""


class Kind(NamedTuple):
    """One kind of finding.

    Parameters
    ----------
    verdict : {"refuse", "fail", "note"}
        What an import refuses, an audit of data that came otherwise fails.
    meaning, remedy : str
    """

    verdict: str
    meaning: str
    remedy: str


_REFUSED = {
    "fits_no_source": ("no source has these columns", "name them: `--columns date=day,close=price`"),
    "fits_several_sources": ("two sources read the file differently", "say which one: `--source NAME`"),
    "missing_column": ("a column that the source needs is not there", "choose another source, or add the column"),
    "damaged_file": ("a spreadsheet, archive or parquet file that cannot be read", "fetch the file again"),
    "not_a_table": ("a web page, JSON without a table, or no text at all", "save the table itself"),
    "no_row": ("a header without rows, or rows without any value", "fetch the file again"),
    "ragged_row": ("a row with more or fewer cells than the header", "mend the row"),
    "not_a_number": ("words where numbers belong", "correct the cell"),
    "decimal_comma": ("a comma that does not part thousands: `12,5` is not 125", "write decimals with a point"),
    "impossible_value": (
        "a value that is infinite or negative; in a panel from Python also a price of 0",
        "correct the row, or leave it blank",
    ),
    "rows_contradict": ("two rows or files give one cell different values", "keep one of them"),
    "no_day": ("rows without a day", "name the file with its day, or `--option day=2024-01-31`"),
    "not_a_session": ("a day on which the exchange was closed", "correct the day, or drop the row"),
    "no_code": ("rows without a security", "`--option symbol=600519.SH`"),
    "code_of_another_exchange": (
        "a code outside the exchange's ranges",
        "split it, or `--source margin_details`",
    ),
    "code_not_certain": ("a code that lost its zeros, or whose exchange is unknown", "write it as 000001.SZ"),
    "unit_contradicts": (
        "amounts in another unit than CNY and shares",
        "say the unit in the header: 融资余额(万元)",
    ),
    "adjusted_and_traded": ("adjusted prices and traded ones together", "import each into a dataset of its own"),
    "adjusted_with_actions": ("adjusted prices with a table of actions", "leave one out: dividends would count twice"),
    "two_currencies": ("Taiwan (TWD) and the mainland (CNY) together", "import each into a dataset of its own"),
    "real_and_synthetic": ("a synthetic market and a real one together", "keep them apart"),
}
_FAILED = {
    "move_beyond_limit": (
        "a close beyond the day's limit: a missing corporate action, or a wrong price",
        "give the corporate action (import its table, or `data.actions`), or correct the price",
    ),
    "bar_contradicts_itself": ("a high below its low, or open or close outside both", "correct the rows"),
    "adjusted_twice": (
        "adjusted prices beside an adj_factor that varies",
        "import unadjusted prices, or leave adj_factor out",
    ),
    "unit_changes": ("some rows are in another unit than the others", "bring the rows to CNY and shares"),
    "margin_rows_shifted": (
        "purchases follow the turnover of another session: rows stand on the wrong day",
        "shift the margin rows back by as many sessions",
    ),
    "exchange_missing": (
        "an exchange without any row on a session, to the last one of the data",
        "import the files of these days",
    ),
    "identity_rarely_holds": (
        "published balances and flows do not belong together",
        "check units and days of the fields that it names",
    ),
}
_NOTED = {
    "adjusted_prices": (
        "prices off the 0.01 grid, or adjusted by what the source says",
        "use them without `data.actions`, for returns only: lots, limits and balances in CNY need unadjusted ones",
    ),
    "action_in_adj_factor_only": ("a split that only adj_factor tells", "a run needs it in `data.actions` too"),
    "stops": (
        "a security whose rows end long before the last session",
        "what is held then keeps its last price: check for a delisting",
    ),
    "indices": ("levels and totals among securities", "`universe.exclude` them, or use them as a benchmark only"),
    "b_shares": ("B shares, in USD or HKD, on no margin list", "`universe.exclude` them"),
    "b_share": ("rows of B shares", "left out"),
    "identity_breaks_by_day": (
        "a third of the securities break an identity on one session",
        "read no flow of these sessions from the balances",
    ),
    "thin_session": (
        "an exchange with less than half of what it had the session before",
        "import these days again",
    ),
    "gap": ("a security that stops and comes back", "nothing is carried across: check for a suspension or the list"),
    "duplicate_row": ("a row twice", "dropped"),
    "newest_first": ("rows from the newest day to the oldest", "sorted"),
    "missing_value": ("a blank or a dash", "no observation (NaN), never 0"),
    "zero_price": ("a price of 0", "no observation (NaN)"),
    "negative_repayment": ("a repayment below 0: a reversal (冲正)", "kept"),
    "inconsistent_bar": ("a high below its low, or open or close outside both", "kept: the audit fails it"),
    "thousands_comma": ("commas that part thousands", "removed"),
    "wide_space": ("wide or invisible spaces around a cell", "stripped"),
    "inner_space": ("a space inside a code", "removed"),
    "leading_zeros_restored": ("a code without its zeros in a file of Shenzhen", "restored"),
    "blank_row": ("a row without any value", "skipped"),
    "repeated_header": ("the header again among the rows", "skipped"),
    "footnote_row": ("a total or a remark", "skipped"),
    "unused_column": ("a column that is no field", "not imported"),
    "unused_file": ("a file that could be no table", "not read"),
    "symbol_given": ("a symbol that is not the one in the file's name", "check that it is the right one"),
    "option_unused": ("an option that the file has no need of", "leave it out"),
    "named_otherwise": ("a name that says another kind of file", "read as what it is"),
    "date_given": ("no column of days", "the day is the one given"),
    "date_beside_rows": ("no column of days", "the day stands beside the rows"),
    "date_from_file_name": ("no column of days", "the day is that of the file name"),
    "day_disagrees_with_file_name": (
        "rows of another day than the file name says",
        "the rows are believed",
    ),
    "truncated_date": ("a day that lost a digit, certain by its neighbours", "restored"),
    "misplaced_date": ("a day that is no session, certain by the balances", "moved"),
    "truncated_date_dropped": ("a day that lost a digit and cannot be known", "dropped: correct it in the file"),
    "symbol_of_totals": ("totals of a market without a code", "they stand under an index: `--option symbol=…`"),
    "unit_by_values": ("a unit that the header leaves open", "decided by the values"),
    "single_precision": ("values of 32 bits", "identities hold to seven digits only"),
    "sources_disagree": ("files and dataset differ in a cell", "decided by `--prefer`"),
    "without_prices": ("margin details without bars", "import the bars"),
    "without_margin": ("bars without margin details", "import the details"),
    "no_price": ("a bar without any price", "no observation"),
    "blank_is_zero": ("blanks that the row itself proves to be 0", "read as 0"),
    "row_identity_misses": ("before + in - out is not today (Taiwan)", "kept: check the row"),
    "revised_previous_balance": ("yesterday's balance is not the one published then", "kept: the exchange revised it"),
    "cash_after_tax": ("no dividend before tax", "the one after tax is taken"),
    "no_ex_date": ("a plan, or a dividend without its day", "left out"),
    "no_listing_day": ("a security without its day of listing", "left out"),
    "trades_after_its_end": ("prices on or after the day of delisting", "the end is left out: correct the day"),
    "absent_security": ("a corporate action of a security that the dataset has not", "import its prices too"),
    "no_member_day": ("a member of an index without the day from which it is one", "left out"),
    "no_session_of_list": ("a list of a day that the dataset has no session of", "left out: import that day's prices"),
}

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        name: Kind(verdict, *words)
        for verdict, kinds in ((REFUSE, _REFUSED), (FAIL, _FAILED), (NOTE, _NOTED))
        for name, words in kinds.items()
    }
)
"""Kind -> what it is. ``liangrong data kinds`` prints it."""
