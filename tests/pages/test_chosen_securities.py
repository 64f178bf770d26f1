"""The securities that mattered on a run's page: each is chosen in turn, and nothing is cut on a phone."""

import pytest
from liangrong.core.pages.language import speaking
from pages.kinds import page_of
from pages.measures import PROBLEMS

VISIBLE = (
    "[...document.querySelectorAll('.chooser .chart')].filter((one) => one.checkVisibility()).map((one) => one.id)"
)
CHOOSE = """(() => {
  const select = document.querySelector(".chooser select");
  select.selectedIndex = %d;
  select.dispatchEvent(new Event("change"));
})()"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "dark", "language"), [(390, True, "en"), (390, False, "zh"), (360, True, "zh"), (1280, False, "en")]
)
def test_each_security_can_be_chosen_and_nothing_is_cut(browser, folder, width, dark, language):
    with speaking(language), browser.page(page_of("run", folder, language), width, dark=dark) as page:
        page.drawn()
        number = page.run("document.querySelectorAll('.chooser option').length")
        assert number == 6
        for n in reversed(range(number)):
            page.run(CHOOSE % n)
            page.drawn()
            assert page.run(VISIBLE) == [f"chart-security-{n}"]
            assert page.run(f"document.querySelector('#chart-security-{n} .main-svg') !== null")
            assert page.run(PROBLEMS) == []
        assert page.told() == []
        assert [address for address in page.asked() if not address.startswith(("file:", "data:"))] == []
