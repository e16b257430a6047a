"""Ask veraPDF, where the environment names its program: its own checks, beside those of the validator in the lock file.

    JEVONS_VERAPDF=/opt/verapdf/verapdf make test

The program writes a report in XML (`--format xml`, its default since 1.18) whose validationReport says isCompliant, and
leaves with 0 for a valid file, 1 for an invalid one, and another number when it could not tell. All three must agree.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from xml.etree import ElementTree

VARIABLE = "JEVONS_VERAPDF"
FLAVOURS = {"pdfa-3a": "3a", "pdfua-1": "ua1"}
PROFILES = {"3a": "PDF/A-3A", "ua1": "PDF/UA-1"}
VALID, INVALID = 0, 1


def broken_rules(program: str, pdf: Path, flavour: str) -> list[str]:
    """What veraPDF finds: 'ISO 14289-1:2014 7.1-10: the catalog shall ...' for each rule broken, none for a valid file.

    Raises AssertionError when the program is missing, did not finish, did not tell, or validated something else.
    """
    command = [program, "--flavour", flavour, "--format", "xml", str(pdf)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    except OSError as error:
        raise AssertionError(f"{VARIABLE} names {program}, which does not run: {error}") from None
    said = f"{' '.join(command)} left with {done.returncode} and said: {(done.stdout + done.stderr)[:2000]}"
    assert done.returncode in (VALID, INVALID), said
    try:
        reports = ElementTree.fromstring(done.stdout).findall("./jobs/job/validationReport")
    except ElementTree.ParseError:
        raise AssertionError(said) from None
    assert len(reports) == 1, said
    assert reports[0].get("jobEndStatus", "normal") == "normal", said
    assert reports[0].get("profileName", "").upper().startswith(PROFILES[flavour]), said
    rules = [
        f"{rule.get('specification')} {rule.get('clause')}-{rule.get('testNumber')}: {rule.findtext('description')}"
        for rule in reports[0].iter("rule")
        if rule.get("status") == "failed"
    ]
    valid = reports[0].get("isCompliant") == "true"
    assert valid == (done.returncode == VALID) == (not rules), said
    return rules
