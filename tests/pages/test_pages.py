"""Every kind of page in a browser: quiet, whole, offline, and no label cut or overprinted."""

from itertools import product

import pytest
from pages.kinds import KINDS, page_of
from pages.measures import PROBLEMS

WIDE, PHONE = 1280, 390
USUAL = [(WIDE, False, "en"), (PHONE, True, "zh")]
"""Width, dark, language of the quick tests; between them they have each size, theme and language."""
REST = sorted(set(product((WIDE, PHONE), (False, True), ("en", "zh"))) - set(USUAL))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("width", "dark", "language"), [*USUAL, *(pytest.param(*one, marks=pytest.mark.slow) for one in REST)]
)
def test_a_page_is_quiet_whole_and_offline(browser, folder, kind, width, dark, language):
    file = page_of(kind, folder, language)
    with browser.page(file, width, dark=dark) as page:
        page.drawn()
        assert page.run(PROBLEMS) == []
        assert page.told() == []
        assert [address for address in page.asked() if not address.startswith(("file:", "data:"))] == []
        assert page.run("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[language]
        ground = page.run("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, ground[4:-1].split(","))) < 3 * 128) == dark
