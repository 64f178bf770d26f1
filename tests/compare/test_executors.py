"""A comparison that is killed loses nothing, repeats nothing, and gives the same bytes whoever carries it out."""

import json
from collections import Counter
from typing import Any

import pytest
from compare.small import contents, counting, in_a_process
from liangrong.core.compare.comparing import carry_out_all, concluded, prepare_comparison
from liangrong.core.compare.executors import PATIENCE, cluster, delivered, processes, until_done
from liangrong.core.compare.log import FILE, Store
from liangrong.core.compare.save import SHARED, prepare_folder, save_comparison
from liangrong.core.errors import EngineError

TRIALS = 6
RUNS = TRIALS + 1  # and a control


def executions(log):
    return Counter(map(int, log.read_text().split()))


def stored(out):
    with Store(out / FILE) as store:
        return len(store.keys())


def compared(config, out, executor=None):
    """Carry a comparison out, save it, and return how many runs were carried out now."""
    prepared = prepare_comparison(config)
    runs, now = carry_out_all(prepared, prepare_folder(out), executor)
    save_comparison(concluded(prepared, runs), out)
    return now


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    config, log = counting(folder, dies=0)
    assert compared(config, folder / "out") == RUNS
    assert executions(log) == dict.fromkeys(range(1, TRIALS + 1), 1)
    return named(folder / "out", config)


def named(folder, config):
    """Return the bytes of the files, with one name for the file of the comparison, which the page's commands name.

    The keys in luck.json hold what the user's file says, which differs here: how many there are is what is compared.
    """
    found = {name: content.replace(str(config).encode(), b"CONFIG") for name, content in contents(folder).items()}
    luck = json.loads(found["luck.json"])
    luck["tried"]["keys"] = len(set(luck["tried"]["keys"]))
    return {**found, "luck.json": json.dumps(luck).encode()}


@pytest.mark.slow
def test_a_killed_comparison_resumes_and_repeats_nothing(tmp_path, undisturbed):
    config, log = counting(tmp_path, dies=4)
    out = tmp_path / "out"
    assert in_a_process(config, out) == -9
    finished = stored(out)
    assert 0 < finished < RUNS
    assert compared(config, out) == RUNS - finished
    # Only the one that was being computed is computed twice.
    assert executions(log) == Counter({number: 1 + (number == 4) for number in range(1, TRIALS + 1)})
    assert named(out, config) == undisturbed
    assert compared(config, out) == 0
    assert sum(executions(log).values()) == TRIALS + 1


def _executor(name, folder):
    if name == "loky":
        pytest.importorskip("joblib")
        return processes(2, folder / SHARED)
    pytest.importorskip("distributed")
    return cluster(None, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["loky", "dask"])
@pytest.mark.filterwarnings("ignore")  # of workers that are killed on purpose, by their libraries
def test_a_killed_worker_loses_nothing(tmp_path, undisturbed, name):
    config, log = counting(tmp_path, dies=3)
    out = tmp_path / "out"
    assert compared(config, out, _executor(name, out)) == RUNS
    counted = executions(log)
    assert counted[3] == 2
    # Others may begin a run while the dead one's are stopped; what had arrived is not done again, see below.
    assert set(counted.values()) <= {1, 2}
    assert stored(out) == RUNS
    assert named(out, config) == undisturbed
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []


class Died(Exception):
    pass


class Arrived:
    def __init__(self, key, dies=False):
        self.key, self.dies = key, dies

    def result(self):
        if self.dies:
            raise Died
        return self.key, None


def arrived(keys) -> Any:
    return [Arrived(key) for key in keys]


def test_what_arrived_beside_a_death_is_kept_and_only_the_rest_is_done_again():
    rounds = []

    def carry(left):
        rounds.append([job.key for job in left])
        yield from delivered([Arrived(key, dies=len(rounds) == 1 and key in "bd") for key in rounds[-1]], Died)

    done = [key for key, _ in until_done(arrived("abcde"), carry, Died)]
    assert done == ["a", "c", "e", "b", "d"]
    assert rounds == [["a", "b", "c", "d", "e"], ["b", "d"]]


def test_workers_that_keep_dying_stop_the_comparison():
    tried = []

    def carry(left):
        tried.append(left)
        raise Died

    with pytest.raises(EngineError, match=f"died {PATIENCE} times in a row"):
        list(until_done(arrived("a"), carry, Died))
    assert len(tried) == PATIENCE
