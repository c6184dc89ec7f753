"""How a service is set up: what may be bound without a key, and where bundles to swap in are looked for."""

from pathlib import Path

import pytest

from foretaste.errors import InputError
from foretaste.serve.settings import Settings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_needs_no_key(host):
    assert Settings(bundle=Path("films"), host=host).loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "films.example.org", ""])
def test_elsewhere_a_key_is_asked_for(host):
    with pytest.raises(InputError, match="can be reached from other machines, and nothing asks for a key") as refused:
        Settings(bundle=Path("films"), host=host)
    assert "foretaste key keys.txt" in str(refused.value)
    assert not Settings(bundle=Path("films"), host=host, keys=Path("keys.txt")).loopback
    assert not Settings(bundle=Path("films"), host=host, read_only=True).loopback


def test_bundles_to_swap_in_stand_beside_the_one_that_is_served(tmp_path):
    assert Settings(bundle=tmp_path / "models" / "a").folder == tmp_path / "models"
    assert Settings(bundle=tmp_path / "models" / "a", models=tmp_path / "others").folder == tmp_path / "others"


def test_the_password_of_the_store_is_not_shown():
    assert "secret" not in repr(Settings(bundle=Path("films"), store="postgresql://anna:secret@db/films"))


def test_a_share_is_a_share():
    with pytest.raises(InputError, match=r"share is 1\.5, expected 0 to 1"):
        Settings(bundle=Path("films"), share=1.5)
