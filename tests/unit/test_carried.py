"""What a mandate names by path travels with the run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backtest import artifacts
from backtest.carried import carry, hashes, load_run_mandate, named_files, place
from backtest.errors import RunError
from backtest.mandate import load_mandate
from backtest.market.record import read_records

PACK = 'name = "house"\nversion = "1"\ntitle = "House"\nowner = "us"\n'


@pytest.fixture
def written(tmp_path):
    """A mandate in a folder of its own that names a strategy, a part of a blend, a pack and a table of taxes."""
    home = tmp_path / "desk" / "mandates"
    home.mkdir(parents=True)
    (tmp_path / "desk" / "own.py").write_text("# mine\n", encoding="utf-8")
    (home / "part.py").write_text("# a part\n", encoding="utf-8")
    (home / "taxes.toml").write_text("", encoding="utf-8")
    (home / "house").mkdir()
    (home / "house" / "pack.toml").write_text(PACK, encoding="utf-8")
    (home / "house" / "figures.csv").write_text("not a rule", encoding="utf-8")
    text = (artifacts.examples_folder() / "demo.toml").read_text(encoding="utf-8")
    start, end = text.index("[strategy]"), text.index("[", text.index("[strategy]") + 1)
    own = '[strategy]\npath = "../own.py"\n[[strategy.parts]]\nname = "equal_weight"\nshare = 0.5\n'
    own += f'[[strategy.parts]]\npath = "{(home / "part.py").as_posix()}"\nshare = 0.5\n'
    text = text[:start] + own + text[end:]
    text = text.replace("[costs]", '[costs]\ntaxes = "by_country"\ntax_table = "taxes.toml"')
    text = text.replace("[report]", '[report]\npacks = ["house"]')
    (home / "mandate.toml").write_text(text, encoding="utf-8")
    return home / "mandate.toml"


def test_every_named_file_is_found_by_its_key(written):
    found = {named.key: named.path for named in named_files(load_mandate(written))}
    home = written.parent
    assert {key: path.resolve() for key, path in found.items()} == {
        "strategy.path": home.parent / "own.py", "strategy.parts.2.path": home / "part.py",
        "costs.tax_table": home / "taxes.toml", "report.packs.1": home / "house",
    }  # fmt: skip


def test_a_run_carries_what_was_named_and_finds_it_when_the_desk_is_gone(written, tmp_path):
    loaded, run = load_mandate(written), tmp_path / "elsewhere" / "run"
    run.mkdir(parents=True)
    (run / artifacts.MANDATE).write_text(loaded.text, encoding="utf-8")
    carry(loaded, run)
    before = {named.key: artifacts.sha256_of_file(named.path) for named in named_files(loaded) if named.path.is_file()}
    shutil.rmtree(tmp_path / "desk")
    again = load_run_mandate(run)
    own, table = again.folder / again.mandate.strategy.path, again.folder / again.mandate.costs.tax_table
    part = again.folder / again.mandate.strategy.parameters["parts"][1]["path"]
    found = {"strategy.path": own, "strategy.parts.2.path": part, "costs.tax_table": table}
    assert {key: artifacts.sha256_of_file(path) for key, path in found.items()} == before
    assert all(path.resolve().is_relative_to(run) for path in found.values())
    pack = again.folder / again.mandate.report.packs[0]
    assert [p.name for p in pack.iterdir()] == ["pack.toml"]  # rules only: what else lies there is nobody's business


def test_a_changed_file_is_another_input(written):
    before = hashes(load_mandate(written))
    (written.parent.parent / "own.py").write_text("# mine, changed\n", encoding="utf-8")
    (written.parent / "house" / "pack.toml").write_text(PACK.replace('"1"', '"2"'), encoding="utf-8")
    after = hashes(load_mandate(written))
    assert {key for key in before if before[key] != after[key]} == {"strategy.path", "report.packs.1"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("own.py", "named/own.py"),
        ("../house/pack", "named/__above__/house/pack"),
        ("a/../../b", "named/a/__above__/__above__/b"),
        ("/srv/house/pack", "named/__root__/srv/house/pack"),
    ],
)
def test_no_path_leaves_the_run_s_folder(path, expected):
    assert place(path).as_posix() == expected


def test_what_is_missing_and_what_is_too_much_are_one_sentence(written, tmp_path, monkeypatch):
    (written.parent / "taxes.toml").unlink()
    with pytest.raises(RunError, match=r"^\[costs\] tax_table: .*taxes\.toml is not there\. Give the path of a file"):
        carry(load_mandate(written), tmp_path)
    monkeypatch.setattr("backtest.carried.MOST_BYTES", 10)
    with pytest.raises(RunError, match=r"\[report\] packs\.1: .* holds 1 files of [\d,]+ bytes; a run carries at most"):
        hashes(load_mandate(Path(_without_table(written))))


def _without_table(written: Path) -> Path:
    text = written.read_text(encoding="utf-8").replace('taxes = "by_country"\ntax_table = "taxes.toml"', "")
    written.write_text(text, encoding="utf-8")
    return written


def test_house_style_travels_a_theme_by_path_and_none_by_name(tmp_path):
    text = (artifacts.examples_folder() / "demo.toml").read_text(encoding="utf-8")
    (tmp_path / "house").mkdir()
    for name in ("firm.toml", "logo.svg", "house/tiles.html"):
        (tmp_path / name).write_text("", encoding="utf-8")
    kept = {"report.logo", "report.templates"}
    for theme, carried in (("wharf", kept), ("firm.toml", kept | {"report.theme"})):
        own = f'[report]\ntheme = "{theme}"\nlogo = "logo.svg"\ntemplates = "house"'
        (tmp_path / "mandate.toml").write_text(text.replace("[report]", own), encoding="utf-8")
        loaded = load_mandate(tmp_path / "mandate.toml")
        assert set(hashes(loaded)) == carried
        run = tmp_path / f"run-{theme}"
        run.mkdir()
        (run / artifacts.MANDATE).write_text(loaded.text, encoding="utf-8")
        carry(loaded, run)
        report = load_run_mandate(run).mandate.report
        assert (run / report.templates / "tiles.html").is_file()
        assert report.theme == ("wharf" if theme == "wharf" else "named/firm.toml")


def test_the_record_of_a_class_travels_with_the_run_and_is_among_its_inputs(tmp_path):
    home, run = tmp_path / "desk", tmp_path / "run"
    home.mkdir()
    run.mkdir()
    (home / "nav.csv").write_text("date,nav\n2020-01-02,100\n2020-01-03,101\n", encoding="utf-8")
    text = (artifacts.examples_folder() / "demo.toml").read_text(encoding="utf-8")
    text = text.replace("[[share_class]]\n", '[[share_class]]\nlaunch = 2020-01-02\nrecord = "nav.csv"\n')
    (home / "mandate.toml").write_text(text, encoding="utf-8")
    loaded = load_mandate(home / "mandate.toml")
    assert hashes(loaded) == {"share_class.1.record": artifacts.sha256_of_file(home / "nav.csv")}
    (run / artifacts.MANDATE).write_text(text, encoding="utf-8")
    carry(loaded, run)
    before = read_records(loaded)
    shutil.rmtree(home)
    again = read_records(load_run_mandate(run))
    assert list(again) == list(before) and again["B GBP Accumulation"].levels.tolist() == [100.0, 101.0]
