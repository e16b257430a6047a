"""Read every PDF of a folder as the reviewer does, and print what came of each: a process of its own for bad files.

    python read_all.py FOLDER SECONDS

Each line is a file's name, its outcome and its message; a file that takes more than SECONDS of processor time, or that
breaks the process, is the one begun last. Nothing but DocumentError may come out of the reader.
"""

from __future__ import annotations

import logging
import resource
import signal
import sys
import time
from pathlib import Path

from backtest.disclosure.document import read_pdf
from backtest.disclosure.reading import Reading
from backtest.errors import DocumentError

MEMORY = 2 << 30
MOST = 400


def read(path: Path) -> str:
    """All that a review asks of a document."""
    try:
        document = read_pdf(path, 72)
        reading = Reading(document)
        inked = [i for i, c in enumerate(document.characters) if not c.text.isspace()]
        document.visibility(inked[:MOST])
        faults, sentences = len(document.glyph_faults), len(reading.sentences)
        return (
            f"read\t{len(inked)} letters, {sentences} sentences, {faults} faults, {len(document.active_content)} active"
        )
    except DocumentError as error:
        return f"refused\t{error}"


def main() -> None:
    folder, seconds = Path(sys.argv[1]), int(sys.argv[2])
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for path in sorted(folder.glob("*.pdf")):
        print(f"{path.name}\tbegun\t", flush=True)  # noqa: T201
        signal.setitimer(signal.ITIMER_PROF, seconds)
        start = time.process_time()
        said = read(path).replace("\n", " ")
        print(f"{path.name}\t{said}\t{time.process_time() - start:.2f}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
