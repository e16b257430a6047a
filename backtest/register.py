"""The register: one row for each finished run, kept in a database beside the runs (the only importer of SQLAlchemy).

The run folder is the evidence; the register is the index. It records what was run, which bytes came out, and what
verification and review said, with the time of recording in UTC.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from backtest.errors import RunError

_METADATA = MetaData()
RUNS = Table(
    "runs",
    _METADATA,
    Column("number", Integer, primary_key=True),
    Column("recorded_at", DateTime, nullable=False),
    Column("run", String, nullable=False, index=True),
    Column("fund", String, nullable=False),
    Column("strategy", String, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
    Column("sheet_sha256", String(64), nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("breaches", Integer, nullable=False),
    Column("needs_review", Integer, nullable=False),
)


@dataclass(frozen=True)
class RunRecord:
    """What the register keeps of a run. Hashes are SHA-256 in hexadecimal."""

    run: str
    fund: str
    strategy: str
    as_of: date
    manifest_sha256: str
    sheet_sha256: str
    verified: bool
    breaches: int
    needs_review: int


def record_run(database: Path, record: RunRecord) -> int:
    """Append a row and return its number. A run repeated is a second row: rows are never changed or removed."""
    try:
        engine = _open(database)
        with engine.begin() as connection:
            values = asdict(record) | {"recorded_at": datetime.now(UTC).replace(tzinfo=None)}
            key = connection.execute(insert(RUNS).values(**values)).inserted_primary_key
        engine.dispose()
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        message = f"{database}: the register cannot be written ({cause}). Mend or move the file, then run again."
        raise RunError(message) from None
    return int(key[0]) if key else 0


def runs(database: Path) -> tuple[RunRecord, ...]:
    """All recorded runs, oldest first."""
    engine = _open(database)
    fields = [RUNS.c[name] for name in RunRecord.__dataclass_fields__]
    with engine.connect() as connection:
        rows = connection.execute(select(*fields).order_by(RUNS.c.number)).all()
    engine.dispose()
    return tuple(RunRecord(*row) for row in rows)


def _open(database: Path) -> Engine:
    engine = create_engine(f"sqlite:///{database}")
    _METADATA.create_all(engine)
    return engine
