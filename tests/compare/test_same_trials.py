"""Trials that are one run under several names."""

from liangrong.core.compare.same_trials import same_notes


def test_trials_of_one_equity_are_named_together_by_hand():
    found = list(same_notes([("a", [1.0, 2.0]), ("b", [1.0, 2.5]), ("c", [1.0, 2.0]), ("d", [3.0, 1.0])]))
    assert len(found) == 1
    assert found[0].startswith("The same run under several names, to the last digit: a, c. ")
    assert not list(same_notes([("a", [1.0, 2.0]), ("b", [1.0, 2.0000000001])]))
