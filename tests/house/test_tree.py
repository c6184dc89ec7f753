"""The house keeps its shape: mirrored tests, sizes, a sorted front door, one version, no paths of a machine."""

import re
import subprocess
from pathlib import Path

import pytest

import foretaste
from foretaste.models import MODELS

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src" / "foretaste").rglob("*.py"))
MODULES = [p for p in SOURCES if p.name != "__init__.py"]


def tracked() -> list[Path]:
    """Return every file of the repository that is text."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT / "src" / "foretaste")))
def test_every_source_file_has_its_test_file(path):
    relative = path.relative_to(ROOT / "src" / "foretaste")
    assert (ROOT / "tests" / relative.parent / f"test_{relative.name}").is_file()


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src" / "foretaste")))
def test_no_source_file_is_over_the_ceiling(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def test_every_module_opens_with_words():
    assert [p for p in SOURCES if not p.read_text(encoding="utf-8").startswith('"""')] == []


def test_the_front_door_is_sorted_and_complete():
    nouns = [n for n in foretaste.__all__ if n[0].isupper()]
    verbs = [n for n in foretaste.__all__ if n[0].islower()]
    assert nouns == sorted(nouns)
    assert verbs == sorted(verbs)
    assert foretaste.__all__ == nouns + verbs
    assert set(foretaste.__all__) == set(foretaste._HOME)
    assert set(foretaste.__all__) <= set(dir(foretaste))


def test_an_unknown_name_at_the_front_door_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Recomender'"):
        foretaste.Recomender  # noqa: B018


def test_the_changelog_tells_of_this_version():
    assert f"## {foretaste.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f'version = "{foretaste.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_every_model_says_what_the_house_asks_for():
    for name, model in MODELS.items():
        for part in ("Symbols:", "Paper:", "Differs:", "Cost:", "Example:"):
            assert part in (model.__doc__ or ""), f"{name} lacks {part}"


def test_every_model_has_its_docs_row():
    page = (ROOT / "docs" / "reference" / "models.md").read_text(encoding="utf-8")
    assert [name for name in MODELS if f"| `{name}` |" not in page] == []


def test_nothing_of_this_machine_is_committed():
    forbidden = re.compile("|".join(("/" + "work/", "/" + "root/", r"/home/\w+/", "pypi" + "-more", r"\.py" + "env")))
    hits = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        hits += [f"{path.name}: {match[0]}" for match in forbidden.finditer(text)]
    assert hits == []


def test_nothing_reads_or_writes_pickles():
    pattern = re.compile(
        r"^\s*(?:import|from)\s+(pickle|dill|joblib|cloudpickle|marshal|shelve)\b|torch\.load", re.MULTILINE
    )
    assert [p.name for p in SOURCES if pattern.search(p.read_text(encoding="utf-8"))] == []
