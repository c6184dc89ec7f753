"""Starting is cheap: heavy libraries load only when they are used."""

import subprocess
import sys

import pytest

HEAVY = {
    "torch",
    "numba",
    "altair",
    "jinja2",
    "vl_convert",
    "fastapi",
    "ray",
    "optuna",
    "sqlalchemy",
    "alembic",
    "psycopg",
}


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_by("import foretaste") & (HEAVY | {"scipy", "polars"})


def test_help_loads_neither_torch_nor_numba():
    code = "import contextlib, io\nfrom foretaste.cli.app import run\n"
    code += "with contextlib.redirect_stdout(io.StringIO()):\n    assert run(['--help']) == 0"
    assert not loaded_by(code) & HEAVY


def test_every_public_name_loads_without_torch():
    assert not loaded_by("import foretaste\nfor name in foretaste.__all__: getattr(foretaste, name)") & {
        "torch",
        "numba",
    }


@pytest.mark.slow
def test_a_saved_autoencoder_scores_without_torch(tmp_path):
    code = (
        "import foretaste, numpy as np\nfrom scipy.sparse import csr_array\n"
        "from foretaste.bundle import Bundle\nfrom foretaste.data.catalog import Catalog\n"
        "X = csr_array(np.array([[5.0, 1, 0], [4, 0, 2]]))\n"
        "model = foretaste.AutoRec(widths=[4], epochs=1).fit(X)\n"
        f"Bundle(model, Catalog(np.arange(3)), None, (1.0, 5.0)).save({str(tmp_path / 'b')!r})"
    )
    assert "torch" in loaded_by(code)
    code = f"import foretaste\nassert foretaste.Bundle.load({str(tmp_path / 'b')!r}).recommend({{0: 4.0}}).items"
    assert not loaded_by(code) & {"torch", "numba"}
