"""Prints sheets by programs other than ours: Chromium, LibreOffice, ReportLab. All of one program in one go."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

CHROMIUM = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--no-pdf-header-footer",
)  # fmt: skip
OFFICE = ("soffice", "--headless", "--infilter=HTML (StarWriter)", "--convert-to", "pdf:writer_pdf_Export")
SECONDS = 120


def by_chromium(pages: Mapping[str, str], folder: Path) -> dict[str, bytes]:
    """PDFs of HTML pages, by name."""
    _needed("chromium")
    made = {}
    for name, html in pages.items():
        source, target = folder / f"{name}.html", folder / f"{name}.pdf"
        source.write_text(html, encoding="utf-8")
        profile = f"--user-data-dir={folder / 'profile'}"
        _run([*CHROMIUM, profile, f"--print-to-pdf={target}", source.as_uri()])
        made[name] = target.read_bytes()
    return made


def by_office(pages: Mapping[str, str], folder: Path) -> dict[str, bytes]:
    """PDFs of HTML pages as a word processor lays them out, by name."""
    _needed("soffice")
    sources = []
    for name, html in pages.items():
        sources.append(folder / f"{name}.html")
        sources[-1].write_text(html, encoding="utf-8")
    profile = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    _run([*OFFICE, profile, "--outdir", str(folder), *map(str, sources)])
    return {name: (folder / f"{name}.pdf").read_bytes() for name in pages}


def _needed(program: str) -> None:
    """A printer that is absent is an error, not a test left out: the project's set-up installs it."""
    assert shutil.which(program), f"{program} is not installed: run ./setup.sh tests"


def _run(command: list[str]) -> None:
    """With the machine's fonts: the tests show ours alone to what they render themselves."""
    environment = {name: value for name, value in os.environ.items() if name != "FONTCONFIG_FILE"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]


PRINTERS: Mapping[str, Callable[[Mapping[str, str], Path], dict[str, bytes]]] = {
    "chromium": by_chromium,
    "office": by_office,
}
