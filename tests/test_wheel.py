"""The wheel by itself: what it holds, and that it works far from this repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import assigner
from effort import at_a_release

pytest.importorskip("build")
pytest.importorskip("hatchling")

ROOT = Path(__file__).resolve().parents[1]
RULE_FILES = [
    "categories.yaml",
    *sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "categories").rglob("*") if file.is_file()),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that is built from it; nothing is downloaded."""
    folder = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)], folder)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked by pip, without its dependencies."""
    target = tmp_path_factory.mktemp("site")
    (wheel,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run([*pip, "--target", str(target), str(wheel)], built)
    return target


def run(command: list[str], cwd: Path, code: int = 0, **env: str) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=os.environ | env, timeout=300)
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.holds("INST-01")
def test_the_wheel_holds_the_rule_set_byte_for_byte(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for file in RULE_FILES:
            assert archive.read(f"assigner/{file}") == (ROOT / file).read_bytes()


def test_how_to_cite_it_names_this_version_and_licence() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()  # what the format requires
    assert (cited["version"], cited["license"]) == (assigner.__version__, project["license"])
    assert f"(c) 2026 {cited['authors'][0]['name']}" in (ROOT / "LICENSE").read_text()


@pytest.mark.holds("INST-01")
def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    modules = {f"assigner/{file.relative_to(ROOT / 'src/assigner')}" for file in (ROOT / "src/assigner").rglob("*.py")}
    pages = ("report.html", "report.css", "ledger.html", "cohort.html")
    templates = {f"assigner/reports/templates/{name}.j2" for name in pages}
    others = {"assigner/py.typed", "assigner/rules/starter.yaml", "assigner/ledger/migrations/postgresql.txt"}
    packaged = {name for name in names if ".dist-info/" not in name}
    assert packaged == modules | templates | {f"assigner/{file}" for file in RULE_FILES} | others
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_sdist_holds_files_and_no_links(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    assert all(member.isfile() for member in members)
    names = [member.name.partition("/")[2] for member in members]
    assert len(names) == len(set(names))
    assert {f"src/assigner/{file}" for file in RULE_FILES} <= set(names)


SUITE = """from assigner.testing import cases_of, laws_of
test_laws = laws_of("categories.yaml", examples=3)
test_cases = cases_of("categories.yaml", "cases.yaml")
def test_the_settings_are_read(assigner_rules): assert assigner_rules.content.rule_set.id
"""


@at_a_release
@pytest.mark.holds("CURA-06")
def test_an_installed_plugin_is_found_by_pytest_and_three_lines_prove_a_rule_set(
    installed: Path, tmp_path: Path
) -> None:
    new = run([str(installed / "bin" / "assigner"), "rules", "new"], tmp_path, PYTHONPATH=str(installed))
    (tmp_path / "categories.yaml").write_text(new)
    (tmp_path / "cases.yaml").write_text(
        "cases:\n- id: nobody\n  because: nothing is known\n  profile: {}\n"
        "  expect: {outcome: review, reasons: [no_evidence, unsettled]}\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nassigner_rules = categories.yaml\n")
    (tmp_path / "test_trial.py").write_text(SUITE)
    told = run(
        [sys.executable, "-m", "pytest", "-W", "error", "-v", "-k", "unknown or silence or settings or cases"],
        tmp_path,
        PYTHONPATH=str(installed),
    )
    assert "test_trial.py::test_laws[unknown_is_never_reference] PASSED" in told
    assert "test_trial.py::test_the_settings_are_read PASSED" in told


@pytest.mark.holds("INST-01")
def test_the_distribution_goes_by_its_own_name(built: Path) -> None:
    """The distribution `assigner` of the public index is somebody else's: no advice may lead there."""
    (wheel,) = built.glob("*.whl")
    assert wheel.name.startswith("trial_assigner-")
    folders = [ROOT / name for name in ("src", "docs", "examples", ".ci")]
    texts = [file for folder in folders for file in folder.rglob("*") if file.suffix in (".py", ".md", ".yaml", "")]
    for file in [*(each for each in texts if each.is_file()), ROOT / "README.md", ROOT / "pyproject.toml"]:
        wrong = re.findall(r"pip install [^\n&]*['\" ]assigner\b|['\"]assigner\[[a-z]", file.read_text("utf-8"))
        assert not wrong, file


@pytest.mark.holds("INST-01")
def test_the_installed_command_works_from_anywhere(installed: Path, tmp_path: Path) -> None:
    command, env = str(installed / "bin" / "assigner"), {"PYTHONPATH": str(installed)}
    here = run([sys.executable, "-c", "import assigner; print(assigner.__file__)"], tmp_path, **env)
    assert Path(here.strip()).is_relative_to(installed)

    for asked in ([command, "--version"], [command, "-V"], [sys.executable, "-m", "assigner", "-V"]):
        assert run(asked, tmp_path, **env).startswith("assigner, version ")
    run([command, "rules", "new", "new.yaml"], tmp_path, **env)
    assert "0 faults" in run([command, "rules", "check", "new.yaml"], tmp_path, **env)

    files = [str(ROOT / "examples" / "P001.g.vcf"), "--repeats", str(ROOT / "examples" / "P001.eh.vcf")]
    assert run([command, "assign", *files, "--trace", "P001.json"], tmp_path, **env).startswith("ASSIGNED")
    assert run([command, "explain", "P001.json"], tmp_path, **env).startswith("ASSIGNED")
    assert {file.name for file in tmp_path.iterdir()} == {"P001.json", "new.yaml"}


@pytest.mark.holds("INST-01")
def test_a_newcomer_has_a_report_under_rules_of_their_own_in_six_commands(installed: Path, tmp_path: Path) -> None:
    head = "## Your own file, your own rules, your own report"
    section = (ROOT / "README.md").read_text("utf-8").partition(head)[2].partition("\n## ")[0]
    commands = re.findall(r"^\$ (.*)$", section, re.MULTILINE)
    assert 0 < len(commands) <= 6
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    path = f"{installed / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for command in commands:
        run(["sh", "-euc", command], tmp_path, PYTHONPATH=str(installed), PATH=path)
    report = (tmp_path / "mine.html").read_text("utf-8")
    assert "<html" in report and "my-trial" in report
    assert "0 faults" in (tmp_path / "checked.txt").read_text("utf-8")
    assert "What would answer more" in (tmp_path / "answered.txt").read_text("utf-8")
