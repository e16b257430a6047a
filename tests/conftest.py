"""Before anything imports WeasyPrint: every page a test makes is set in the vendored fonts, none of the machine's."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from backtest.artifacts import templates_folder

os.environ["FONTCONFIG_FILE"] = str(templates_folder() / "factsheet" / "fonts" / "fonts.conf")

# Hypothesis draws some of its values from the constants of all modules loaded so far. So how many examples an
# assumption turns away differs between one file and the whole suite, and says nothing about the code.
settings.register_profile("house", suppress_health_check=[HealthCheck.filter_too_much])
settings.load_profile("house")


@pytest.fixture(scope="session")
def print_page() -> Callable[[str], bytes]:
    """A PDF of any HTML, good or bad, made past our own renderer, whose log is silent meanwhile."""
    import weasyprint

    logger = logging.getLogger("weasyprint")

    def printed(html: str) -> bytes:
        level = logger.level
        logger.setLevel(logging.CRITICAL)
        try:
            return bytes(weasyprint.HTML(string=html).write_pdf())
        finally:
            logger.setLevel(level)

    return printed
