"""The hook for veraPDF, proved with programs that stand in for it: asked rightly, believed only when all agrees."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

broken_rules = runpy.run_path(str(Path(__file__).parent / "verapdf.py"))["broken_rules"]

RULE = (
    '<rule specification="ISO 14289-1:2014" clause="7.1" testNumber="10" status="failed" failedChecks="1">'
    "<description>The catalog shall include DisplayDocTitle.</description></rule>"
)


def report(compliant="true", rules="", profile="PDF/UA-1 validation profile", status="normal"):
    return (
        '<?xml version="1.0" encoding="utf-8"?><report><buildInformation><releaseDetails id="core" version="1.30.2"/>'
        '</buildInformation><jobs><job><item size="9"><name>sheet.pdf</name></item>'
        f'<validationReport jobEndStatus="{status}" profileName="{profile}" statement="..." isCompliant="{compliant}">'
        f'<details passedRules="106" failedRules="{rules.count("<rule")}">{rules}</details></validationReport></job>'
        "</jobs></report>"
    )


@pytest.fixture
def stand_in(tmp_path):
    """A program that says `text`, leaves with `code`, and notes what it was asked in asked.json."""

    def made(text: str, code: int) -> str:
        program = tmp_path / "verapdf"
        program.write_text(
            f"#!{sys.executable}\nimport json, sys\n"
            f"open({str(tmp_path / 'asked.json')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
            f"print({text!r})\nsys.exit({code})\n"
        )
        program.chmod(0o755)
        return str(program)

    return made


def asked(folder: Path) -> list[str]:
    return json.loads((folder / "asked.json").read_text())


def test_it_is_asked_for_one_flavour_and_a_report_a_program_can_read(stand_in, tmp_path):
    pdf = tmp_path / "a sheet.pdf"
    assert broken_rules(stand_in(report(), 0), pdf, "ua1") == []
    assert asked(tmp_path) == ["--flavour", "ua1", "--format", "xml", str(pdf)]
    assert broken_rules(stand_in(report(profile="PDF/A-3A validation profile"), 0), pdf, "3a") == []
    assert asked(tmp_path)[:2] == ["--flavour", "3a"]


def test_each_rule_that_it_finds_broken_is_named(stand_in, tmp_path):
    found = broken_rules(stand_in(report("false", RULE), 1), tmp_path / "sheet.pdf", "ua1")
    assert found == ["ISO 14289-1:2014 7.1-10: The catalog shall include DisplayDocTitle."]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (report(), 7),  # the file could not be read
        (report(), 1),  # the report and the exit code disagree
        (report("false", RULE), 0),
        (report("true", RULE), 0),
        (report("false"), 1),
        (report(status="cancelled"), 0),
        (report(profile="PDF/A-1B validation profile"), 0),  # another flavour than was asked for
        ("<report><jobs></jobs></report>", 0),
        ("PASS sheet.pdf", 0),
        ("", 0),
    ],
)
def test_whatever_does_not_agree_is_an_error_that_shows_what_was_said(stand_in, tmp_path, text, code):
    with pytest.raises(AssertionError, match=f"left with {code} and said"):
        broken_rules(stand_in(text, code), tmp_path / "sheet.pdf", "ua1")


def test_a_program_that_is_named_and_not_there_is_an_error(tmp_path):
    with pytest.raises(AssertionError, match=r"JEVONS_VERAPDF names .*nothing, which does not run"):
        broken_rules(str(tmp_path / "nothing"), tmp_path / "sheet.pdf", "3a")
