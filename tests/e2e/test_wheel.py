"""What a user installs: the built wheel, without development tools, runs the main job from another folder."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return next(out.glob("foretaste-*.whl"))


@pytest.mark.slow
def test_the_wheel_runs_the_main_job_without_the_repository(wheel, tmp_path):
    """The package comes from the wheel alone; only its declared dependencies are taken from this environment."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import sys, foretaste; assert foretaste.__file__.startswith(sys.argv[1]), foretaste.__file__\n"
        "from foretaste.cli.app import run\n"
        "from foretaste.protocols import protocol_names; assert len(protocol_names()) >= 5, protocol_names()\n"
        "assert run(['data', 'synth', 'w', '--users', '40', '--items', '30', '--ratings', '500']) == 0\n"
        "asked = ['--protocol', 'ninety-ten', '--models', 'mean', '--no-gate', '--quiet']\n"
        "assert run(['compare', 'w', *asked]) == 0\n"
        "settings = ['--model', 'autorec', '--set', 'widths=[8]', '--set', 'epochs=2', '--quiet']\n"
        "assert run(['train', 'w', '--out', 'b', *settings, '--json']) == 0\n"
        "assert run(['data', 'import', 'w', '--store', 'sqlite:///r.db']) == 0  # its migrations are in the wheel"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "FORETASTE_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "site")],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "b" / "manifest.json").read_text())["model"] == "autorec"
    assert (tmp_path / "b" / "report.html").is_file()


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith("METADATA"))).decode()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"foretaste"}
    assert "foretaste/report/page.html" in names
    page = ROOT / "src" / "foretaste" / "serve" / "page"
    files = {str(path.relative_to(ROOT / "src")) for path in page.rglob("*.*")}
    assert len(files) > 40
    assert files <= set(names)
    protocols = {path.name for path in (ROOT / "recipes" / "protocols").glob("*.toml")}
    assert {name.removeprefix("foretaste/protocols/") for name in names if name.endswith(".toml")} == protocols
    assert "foretaste/py.typed" in names
    assert "Requires-Dist: torch<2.14,>=2.5" in metadata
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert not [line for line in required if "pytest" in line or "altair" in line]
