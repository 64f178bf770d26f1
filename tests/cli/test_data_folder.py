"""A folder of 250 daily files says each thing once: at import, in `data info`, in the audit. The kinds are listed."""

from itertools import pairwise

import pytest
from liangrong.core.panel.calendar import mainland
from liangrong.core.sources.kinds import KINDS

HEAD = "信用交易日期,标的证券代码,标的证券简称,融资余额,融资买入额,融资偿还额,融券余量,融券卖出量,融券偿还量,说明\n"


@pytest.fixture
def daily(tmp_path):
    """Return a folder of 250 days of Shanghai, each with the same six oddities; the day in a name is another one."""
    folder = tmp_path / "daily"
    folder.mkdir()
    days = mainland().between("2023-01-03", "2024-01-31")[:251]
    for day, other in pairwise(days):
        packed = str(day).replace("-", "")
        rows = [
            f'{packed},600000,浦发银行,"3,000,000,000","100,000","100,000",70,1,1,',
            f"{packed},600519,贵州茅台,5000000000,100,-100,-,1,1,",
            f"{packed},600519,贵州茅台,5000000000,100,-100,-,1,1,",
            "合计,,,,,,,,,",
        ]
        name = f"rzrqjygk{str(other).replace('-', '')}.csv"
        (folder / name).write_text(HEAD + "\n".join(rows) + "\n", encoding="gb18030")
    return folder


def test_the_same_kind_over_many_files_is_one_line(liangrong, daily):
    code, out, _ = liangrong("data", "import", daily.name, "--to", "ds")
    assert code == 0
    lines = out.splitlines()
    assert len([line for line in lines if "taken for sse_margin" in line]) == 1
    assert "and 247 more: taken for sse_margin" in out
    findings = lines[lines.index("findings of the files") + 1 :]
    kinds = [line.split(" x ")[0].strip() for line in findings if " x " in line]
    assert sorted(kinds) == sorted(
        {
            *("thousands_comma", "negative_repayment", "duplicate_row", "footnote_row", "unused_column"),
            *("missing_value", "day_disagrees_with_file_name"),
        }
    )
    assert "footnote_row x 250 in 250 files" in out
    assert "day_disagrees_with_file_name x 750 in 250 files" in out
    assert "the name says 2023-01-04" in out
    for command in ("info", "audit"):
        out = liangrong("data", command, "ds")[1]
        for kind in kinds:
            assert out.count(kind) == 1, (command, kind)


def test_files_that_come_one_by_one_are_one_line_too(liangrong, daily):
    for path in sorted(daily.iterdir())[:3]:
        assert liangrong("data", "import", path, "--to", "ds")[0] == 0
    for command in ("info", "audit"):
        out = liangrong("data", command, "ds")[1]
        assert out.count("footnote_row") == 1
        assert out.count("day_disagrees_with_file_name") == 1


def test_the_kinds_are_listed_with_verdict_and_remedy(liangrong, content):
    told = {name: one._asdict() for name, one in KINDS.items()}
    assert content("data", "kinds") == (0, "finding_kinds", {"kinds": told})
    out = liangrong("data", "kinds")[1]
    assert all(name in out for name in KINDS)


def test_the_audit_as_json_has_verdict_and_remedy_of_each_finding(liangrong, content, daily):
    liangrong("data", "import", sorted(daily.iterdir())[0], "--to", "ds")
    record = content("data", "audit", "ds")[2]
    (one,) = [one for one in record["findings"] if one["kind"] == "duplicate_row"]
    assert (one["verdict"], one["remedy"]) == ("note", "dropped")
