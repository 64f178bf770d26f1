"""The garbage collector, kept off what a run of backtrader holds to its end: millions of objects at each visit."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

_RARELY = 200_000
_FROZEN_AT_START = gc.get_freeze_count()  # Python 3.12 freezes some hundred objects of its own


@contextmanager
def frozen_garbage() -> Generator[None, None, None]:
    """Keep the collector off the feeds, lines and strategies that live to the end of the run anyway."""
    if gc.get_freeze_count() > _FROZEN_AT_START:  # someone else's: unfreezing would undo it
        yield
        return
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_RARELY, *thresholds[1:])  # orders live on too, and each makes a dozen objects
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
