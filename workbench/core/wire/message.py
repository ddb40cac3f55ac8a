"""What every message is made of."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Field(pattern=r"^[0-9a-f]{64}$")
JsonObject = dict[str, Any]
Priority = Literal["low", "normal", "high"]


class Wire(BaseModel):
    """A message; unknown fields are refused so that a misspelt option is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
