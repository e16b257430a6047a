"""The run folder: file names, reading, writing, hashes, the manifest.

A run is written beside its final place and renamed at the end, so a folder under its own name is always whole.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from backtest.errors import RunError

MANDATE = "mandate.toml"
PANEL = "panel"
RESULT = "result"
BASELINE = "baseline"
FINDINGS = "findings.json"
METRICS = "metrics.json"
FACTS = "facts.json"
PAGE = "factsheet.html"
SHEET = "factsheet.pdf"
METHODOLOGY = "methodology.pdf"
SEMANTIC = "factsheet.semantic.sha256"
REVIEW = "review.json"
REVIEW_PAGE = "review.html"
VERIFICATION = "verification.json"
MANIFEST = "manifest.json"
REGISTER = "register.sqlite"

PACKAGE = Path(__file__).resolve().parent


@cache
def templates_folder() -> Path:
    """Where templates, fonts and rule packs are: inside an installed wheel, or beside the packages in a checkout."""
    inside = PACKAGE / "_templates"
    return inside if inside.is_dir() else PACKAGE.parent / "templates"


def examples_folder() -> Path:
    """Where the example mandates are, the demo's among them."""
    inside = PACKAGE / "_examples"
    return inside if inside.is_dir() else PACKAGE.parent / "examples"


def strategies_folder() -> Path:
    """Where the strategies that ship are: the package beside this one."""
    return PACKAGE.parent / "strategies"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def to_json(value: Any) -> str:
    """JSON with sorted keys and a closing newline; the same value gives the same text. NaN is refused."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    path.write_text(to_json(value), encoding="utf-8")


def read_json(path: Path) -> Any:
    """The content of a JSON artifact. Raises RunError when it is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{path}: missing. Give the folder of a finished run, or run the mandate again.") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RunError(f"{path}: not valid JSON ({error}). Run the mandate again.") from None


def code_version() -> dict[str, str]:
    """The release number and a digest over every source file and template, so that a changed line shows."""
    try:
        release = version("jevons")
    except PackageNotFoundError:
        release = "uninstalled"
    return {"release": release, "sha256": _code_digest()}


@cache
def _code_digest() -> str:
    digest = hashlib.sha256()
    for root in (PACKAGE, strategies_folder(), templates_folder()):
        files = (p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts and p.suffix != ".pyc")
        names = {p.relative_to(root).as_posix(): p for p in files}
        for name in sorted(n for n in names if not n.startswith("_templates/")):
            digest.update(f"{name}\0{sha256_of_file(names[name])}\0".encode())
    return digest.hexdigest()


def run_hash(mandate_text: str, inputs: Mapping[str, str]) -> str:
    """What identifies a run: the mandate as written, the hash of each input file by name, and the release."""
    parts = {"mandate": mandate_text, "inputs": dict(inputs), "release": code_version()["release"]}
    return sha256(to_json(parts).encode())


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A new folder beside `target` that takes its place when the block ends well, and vanishes when it does not."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise RunError(
            f"{target.parent}: cannot write there ({error.strerror}). Choose another --runs folder."
        ) from None
    try:
        folder.chmod(0o755)
        yield folder
        _replace(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _replace(folder: Path, target: Path) -> None:
    """Rename `folder` to `target`; an earlier run of the same name stays whole until the new one is in place."""
    if not target.exists():
        folder.rename(target)
        return
    earlier = Path(tempfile.mkdtemp(prefix=f".{target.name}-earlier-", dir=target.parent))
    target.rename(earlier / target.name)
    try:
        folder.rename(target)
    except OSError:
        (earlier / target.name).rename(target)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def manifest(folder: Path, run_id: str, inputs: Mapping[str, str], verified: bool) -> dict[str, Any]:
    """The manifest of a finished folder: SHA-256 of every file in it, of every input, and the code version."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return {
        "run": run_id,
        "code": code_version(),
        "inputs": dict(sorted(inputs.items())),
        "artifacts": {n: sha256_of_file(folder / n) for n in names if n != MANIFEST},
        "verified": verified,
    }


def check_manifest(folder: Path) -> None:
    """Raise RunError naming the first file of a run that is missing or no longer what the manifest says."""
    recorded = read_json(folder / MANIFEST)
    for name, digest in recorded["artifacts"].items():
        path = folder / name
        if not path.is_file():
            raise RunError(f"{path}: missing, but listed in the run's manifest. Run the mandate again.")
        if sha256_of_file(path) != digest:
            raise RunError(f"{path}: changed since the run; its hash is not the manifest's. Run the mandate again.")


def slug(text: str) -> str:
    """'Harrowgate AI Adopters Fund' -> 'harrowgate-ai-adopters-fund': lower case ASCII letters, digits and hyphens."""
    kept = "".join(c.lower() if c.isascii() and c.isalnum() else " " for c in text)
    return "-".join(kept.split())[:60] or "run"
