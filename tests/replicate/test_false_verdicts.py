"""Published results on markets that were made to show nothing."""

import liangrong as lr
import pytest
from honesty import stated
from liangrong.core.dataset.store import save
from replicate.test_planted import PLANTED

SEEDS = range(20, 23)
NOISE = [name for name in PLANTED if name != "lv_wu_2019_volatility"]  # whose market always has crashes


@pytest.mark.slow
def test_nothing_is_seldom_taken_for_what_was_published_or_its_opposite(tmp_path):
    agrees, opposite = [], []
    for name in NOISE:
        for seed in SEEDS:
            save(PLANTED[name](0.0, seed=seed), [], tmp_path / f"{name}_{seed}")
            found = lr.replicate(tmp_path / f"{name}_{seed}", name)[name]
            agrees.append(found.verdict == "agrees")
            opposite.append(found.verdict == "disagrees" and found.found is not None and found.found.is_sure)
    stated("replicate_noise_agrees", sum(agrees), len(agrees))
    stated("replicate_noise_opposite", sum(opposite), len(opposite))
    assert sum(agrees) <= 4  # 0.8 are expected
    assert sum(opposite) <= 4
