"""Lines of the maintenance ratio, and tiers of the concentration limit, as a configuration states them."""

from typing import Annotated

from pydantic import Field, model_validator

from . import quantities
from .values import Fraction, Line, Model


class LinesConfig(Model):
    """Maintenance ratio lines (警戒线, 平仓线, ...)."""

    warn: Line = Field(1.40, description="no new margin orders below it")
    call: Line = Field(1.30, description="a close below it is a notice (the statutory line holds while it is higher)")
    restore: Line = Field(1.40, description="forced sales aim at it")
    instant: Line = Field(1.10, description="a close below it: forced sale at the next open")
    withdraw: Line = Field(3.00, description="what is held may leave above it, within the available margin")
    cure: Line | None = Field(None, description="ends a call; the statutory ratio while there was one, else `call`")
    grace: Annotated[int, Field(ge=0, le=20)] | None = Field(
        None, description="sessions between notice and deadline; the statutory number while there was one, else 1"
    )

    @model_validator(mode="after")
    def _ordered(self) -> "LinesConfig":
        of = {name: getattr(self, name) for name in ("instant", "call", "restore", "withdraw", "warn", "cure")}
        if not quantities.lines_fit(**of):
            raise ValueError(quantities.LINES_ORDER)
        return self


class TierConfig(Model):
    """One tier of the concentration limit (集中度)."""

    below: Line = Field(description="maintenance ratio after the purchase")
    share: Fraction = Field(description="of the assets")
