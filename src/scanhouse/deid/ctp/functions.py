"""All functions of CTP's anonymizer scripts, as one table."""
from __future__ import annotations

from typing import cast

from scanhouse.deid.ctp import dates, deciding, hashes, tables, texts
from scanhouse.deid.ctp.calls import Scripted
from scanhouse.deid.functions import table

FUNCTIONS = cast("dict[str, Scripted]", table(*texts.FUNCTIONS, *hashes.FUNCTIONS, *dates.FUNCTIONS, *tables.FUNCTIONS, *deciding.FUNCTIONS))
