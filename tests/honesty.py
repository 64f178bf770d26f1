"""What tests count, held against the table of the guide `honesty`; LIANGRONG_HONESTY=write puts it there instead."""

import csv
import io
import os

from liangrong.core.guides import guide_honesty
from liangrong.core.guides.guide_honesty import Tried, everything_tried
from liangrong.core.guides.guide_power import STRENGTHS, TEST, power_of_rules

COLUMNS = Tried._fields


def stated(key, found, tried):
    """Assert that the row `key` says that `found` of `tried` were found, and that its command runs this very test.

    Parameters
    ----------
    key : str
    found : int or str
        A count, or a figure as the table shows it; a seed has made it the same everywhere.
    tried : int
    """
    rows = {row.key: row for row in everything_tried()}
    assert key in rows, f"honesty.csv has no row `{key}`"
    running = os.environ["PYTEST_CURRENT_TEST"].partition(" ")[0].partition("[")[0]
    assert running in {test.partition("[")[0] for test in rows[key].tests}, f"the row `{key}` names another test"
    held(key, found if isinstance(found, str) else int(found), int(tried))


def held(key, found, tried):
    """Assert that the row `key` has these figures, once they stand there where they are to be written."""
    rows = {row.key: row for row in everything_tried()}
    if os.environ.get("LIANGRONG_HONESTY") == "write":
        rows[key] = rows[key]._replace(found=found, tried=tried)
        write(rows.values())
    assert (found, tried) == (rows[key].found, rows[key].tried)


def stated_of_rule(rule, found):
    """Assert that the table of rules has these counts (strength -> ``2+1``), once written where they are to be."""
    assert os.environ["PYTEST_CURRENT_TEST"].partition(" ")[0].partition("[")[0] == TEST
    rows = {row.rule: row for row in power_of_rules()}
    if os.environ.get("LIANGRONG_HONESTY") == "write":
        rows[rule] = rows[rule]._replace(found=found)
        cells = ([row.rule, *(row.found.get(s, "") for s in STRENGTHS), row.en, row.zh] for row in rows.values())
        put("rule_power.csv", ("rule", *STRENGTHS, "en", "zh"), cells)
        power_of_rules.cache_clear()
        rows = {row.rule: row for row in power_of_rules()}
    assert found == rows[rule].found


def write(rows):
    """Write the table."""
    cells = ([" ".join(cell) if isinstance(cell, tuple) else cell for cell in row] for row in rows)
    put("honesty.csv", COLUMNS, cells)
    everything_tried.cache_clear()


def put(name, head, rows):
    """Write a file of the guides."""
    text = io.StringIO()
    made = csv.writer(text, lineterminator="\n")
    made.writerow(head)
    made.writerows(rows)
    path = os.path.join(os.path.dirname(guide_honesty.__file__), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.getvalue())
