"""Members of indices by day: lists, days of entry and leaving, and spellings of codes. By hand."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.indices import INDICES, Constituent, member_field, memberships, universe_field
from liangrong.core.panel.panel import FIELDS

NAN, OPEN = np.nan, np.datetime64("NaT", "D")
DAYS = np.array(["2020-06-29", "2020-06-30", "2020-07-01", "2020-07-02"], dtype="datetime64[D]")
SYMBOLS = ("600000.SH", "000001.SZ")


def day(text):
    return np.datetime64(text, "D")


def listed(symbol, on, field="csi300_member"):
    return Constituent(field, symbol, day(on), OPEN, True)


def span(symbol, first, last=None, field="csi500_member"):
    return Constituent(field, symbol, day(first), OPEN if last is None else day(last), False)


def test_a_list_says_all_of_its_day_and_nothing_of_another():
    fields, absent = memberships([listed("600000.SH", "2020-06-30"), listed("600036.SH", "2020-06-30")], DAYS, SYMBOLS)
    np.testing.assert_array_equal(fields["csi300_member"], [[NAN, NAN], [1, 0], [NAN, NAN], [NAN, NAN]])
    assert absent == ()


def test_a_list_of_no_session_is_put_on_no_other():
    for other in ("2020-06-28", "2020-06-26", "2020-07-03", "2021-01-04"):
        fields, absent = memberships([listed("600000.SH", other)], DAYS, SYMBOLS)
        assert np.isnan(fields["csi300_member"]).all()
        assert absent == (other,)


def test_days_of_entry_and_leaving_hold_from_the_first_of_the_table_on():
    rows = [span("600000.SH", "2020-06-30", "2020-07-02"), span("000001.SZ", "2020-07-02")]
    fields, _ = memberships(rows, DAYS, SYMBOLS)
    np.testing.assert_array_equal(fields["csi500_member"], [[NAN, NAN], [1, 0], [1, 0], [0, 1]])


def test_who_comes_back_has_two_rows():
    rows = [span("600000.SH", "2010-01-01", "2020-06-30"), span("600000.SH", "2020-07-01", "2020-07-02")]
    fields, _ = memberships(rows, DAYS, SYMBOLS)
    assert fields["csi500_member"][:, 0].tolist() == [1, 0, 1, 0]


def test_indices_do_not_mix():
    rows = [listed("600000.SH", "2020-06-30"), listed("000001.SZ", "2020-06-30", "sse50_member")]
    fields, _ = memberships(rows, DAYS, SYMBOLS)
    assert fields["csi300_member"][1].tolist() == [1, 0]
    assert fields["sse50_member"][1].tolist() == [0, 1]


@pytest.mark.parametrize("code", ["000300.SH", "399300.SZ", "sh.000300", "000300", "300", "000300.CSI"])
def test_spellings_of_an_index(code):
    assert member_field(code) == "csi300_member"


def test_indices_that_are_not_known():
    with pytest.raises(DataError, match=r"'801010\.SI' is no index whose members are known here: known are 000010\.SH"):
        member_field("801010.SI")
    with pytest.raises(ConfigError, match=r"`universe\.index`: '000001\.SH' is no index"):
        universe_field("000001.SH")


def test_every_index_has_a_field_of_flags():
    assert {FIELDS[field] for field in INDICES.values()} == {"0 or 1"}
