"""Parts that are made once."""

from liangrong.core.run.kept import Kept


def test_the_parts_used_last_are_kept_by_kind():
    kept, made = Kept(2), []

    def part(kind, key):
        return kept.part((kind, key), lambda: made.append((kind, key)) or (kind, key))

    assert [part("a", 1), part("a", 2), part("b", 1), part("a", 1)] == [("a", 1), ("a", 2), ("b", 1), ("a", 1)]
    assert made == [("a", 1), ("a", 2), ("b", 1)]
    part("a", 3)  # in the place of 2, which was used before 1
    part("a", 1)
    part("b", 1)
    assert made == [("a", 1), ("a", 2), ("b", 1), ("a", 3)]
    part("a", 2)
    assert made[-1] == ("a", 2)


def test_nothing_is_kept_where_there_is_no_room():
    kept, made = Kept(0), []
    for _ in range(2):
        kept.part(("a",), lambda: made.append(1))
    assert made == [1, 1]
