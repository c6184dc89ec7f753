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


@pytest.mark.slow
def test_serving_an_autoencoder_loads_nothing_that_it_does_not_use(tmp_path):
    from tests.serving import saved  # noqa: PLC0415 (the other tests need no model)

    folder = saved(tmp_path / "films")
    code = (
        "import pathlib\nfrom starlette.testclient import TestClient\n"
        "from foretaste.cli.app import app_of\napp_of(['serve'])\n"
        "from foretaste.serve.app import create_app\nfrom foretaste.serve.settings import Settings\n"
        f"settings = Settings(bundle=pathlib.Path({str(folder)!r}), store={'sqlite:///' + str(tmp_path / 'r.db')!r})\n"
        "with TestClient(create_app(settings), base_url='http://127.0.0.1', client=('127.0.0.1', 1)) as client:\n"
        "    asked = {'ratings': [{'item': 1, 'rating': 5}], 'explain': True, 'intervals': True}\n"
        "    answers = [client.post('/v1/recommendations', json=asked), client.get('/v1/items'), client.get('/metrics'),\n"
        "               client.put('/v1/users/anna/ratings/1', json={'rating': 4}), client.get('/v1/model')]\n"
        "    assert all(one.status_code == 200 for one in answers), [one.text for one in answers]\n"
        "assert 'scipy.special' not in sys.modules\n"
    )
    assert not loaded_by(code) & {"torch", "polars", "numba", "altair", "vl_convert", "optuna", "jinja2"}


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
