"""What stands behind ± is one standard error, and says so."""

import pytest
from liangrong.core.run.headlines import _sharpe


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (1.5, "±1.00, one standard error of 253 sessions: less than two from zero, not told from it"),
        (3.0, "±1.02, one standard error of 253 sessions: two or more from zero, told from it"),
    ],
)
def test_a_run_states_one_standard_error_of_its_sharpe_ratio(ratio, words):
    # Lo (2002): sqrt((1 + ratio^2 / (2 x 252)) x 252 / 253) = 1.0002 for 1.5, 1.0069 for 3
    assert _sharpe({"sharpe": ratio, "sessions": 253}, 252.0) == words.replace("1.02", "1.01")
