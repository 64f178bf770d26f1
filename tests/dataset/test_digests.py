"""A digest is of the cells, not of their order, their files or their neighbours; every change of one changes it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.dataset.digests import added, digest, words_of_cells, words_of_symbols

MASK = (1 << 64) - 1


def mixed(word: int) -> int:
    """SplitMix64's finalizer in whole numbers."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def test_the_finalizer_is_splitmix64():
    """First outputs of the generator with seed 0, as published with its reference implementation."""
    step = 0x9E3779B97F4A7C15
    assert [mixed(step * k & MASK) for k in (1, 2, 3)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    from liangrong.core.dataset.digests import _mixed

    words = np.array([step * k & MASK for k in (1, 2, 3)], dtype=np.uint64)
    assert _mixed(words).tolist() == [mixed(step * k & MASK) for k in (1, 2, 3)]


def of(cells: dict[tuple[int, str], float]) -> str:
    days = np.array([day for day, _ in cells], dtype=np.int64)
    places = words_of_cells(days, words_of_symbols([symbol for _, symbol in cells]))
    return digest(np.array(list(cells.values()), dtype=np.float64), places)


CELLS = st.dictionaries(
    st.tuples(st.integers(0, 20_000), st.sampled_from(["600000.SH", "000001.SZ"])),
    st.floats(allow_nan=True),
    max_size=9,
)


@settings(max_examples=100, deadline=None)
@given(CELLS, st.randoms(use_true_random=False), st.integers(0, 9))
def test_order_and_files_do_not_matter_and_nan_is_no_cell(cells, random, cut):
    whole = of(cells)
    items = list(cells.items())
    random.shuffle(items)
    assert of(dict(items)) == whole
    assert added([of(dict(items[:cut])), of(dict(items[cut:]))]) == whole
    assert of({place: value for place, value in cells.items() if not np.isnan(value)}) == whole


@settings(max_examples=100, deadline=None)
@given(CELLS.filter(bool), st.data())
def test_another_day_symbol_or_value_is_another_digest(cells, data):
    (day, symbol), value = data.draw(st.sampled_from(list(cells.items())))
    if np.isnan(value):
        value = 1.0
    cells = {**cells, (day, symbol): value}
    rest = {place: value for place, value in cells.items() if place != (day, symbol)}
    other = [{**rest}, {**rest, (day + 30_000, symbol): value}, {**rest, (day, "430047.BJ"): value}]
    other.append({**rest, (day, symbol): np.nextafter(value, 0.0) if value else 1.0})
    assert len({of(one) for one in [cells, *other]}) == 5


def test_zero_has_one_digest():
    assert of({(1, "600000.SH"): -0.0}) == of({(1, "600000.SH"): 0.0})
