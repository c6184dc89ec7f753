"""GET /healthz and /readyz."""

from foretaste.errors import ResourceError
from tests.serving import client_of, saved


def test_a_service_that_can_answer_says_so(tmp_path):
    with client_of(saved(tmp_path / "films")) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").json()["status"] == "ready"


def test_without_its_store_it_lives_and_is_not_ready(tmp_path):
    class Away:
        def ready(self) -> None:
            raise ResourceError("the store cannot be reached", hint="start the database")

        def close(self) -> None:
            pass

    with client_of(saved(tmp_path / "films")) as client:
        client.app.state.store = Away()
        assert client.get("/healthz").status_code == 200
        away = client.get("/readyz")
        assert away.status_code == 503
        assert away.json()["error"]["message"] == "the store cannot be reached"
