"""What the doctor says of one assumption."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One assumption; `well` is None where it could not be looked at, and that does no harm."""

    what: str
    well: bool | None
    detail: str
    #: What to do about it; told unless it is well.
    remedy: str = ""

    def __str__(self) -> str:
        sign = {True: "well", False: "WRONG", None: "not looked at"}[self.well]
        remedy = f"; {self.remedy}" if self.remedy and self.well is not True else ""
        return f"{self.what}: {sign}: {self.detail}{remedy}"
