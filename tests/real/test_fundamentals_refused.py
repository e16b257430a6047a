"""A real snapshot of today's figures is refused for a backtest of the past."""

from __future__ import annotations

from pathlib import Path

import pytest

from backtest.errors import DataError
from backtest.mandate import load_mandate
from backtest.market.sources import read_market

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "us_large_cap"
REASON = "real market data are not beside this checkout (../shared/data)"


@pytest.mark.skipif(not DATA.is_dir(), reason=REASON)
def test_a_snapshot_of_fundamentals_is_refused():
    loaded = load_mandate(ROOT / "examples" / "us_large_cap.toml")
    data = loaded.mandate.data.model_copy(update={"fundamentals": DATA / "fundamentals_snapshot.csv"})
    mandate = loaded.mandate.model_copy(update={"data": data})
    with pytest.raises(
        DataError, match=r"fundamentals_snapshot\.csv: no column published\. .* is look-ahead\. "
    ) as why:
        read_market(loaded.model_copy(update={"mandate": mandate}))
    assert "\n" not in str(why.value)
