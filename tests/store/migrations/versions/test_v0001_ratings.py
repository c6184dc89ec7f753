"""The first step: ratings, users, items and the number of the last write."""

from sqlalchemy import create_engine, inspect, text

from foretaste.store.schema import VERSIONS, upgrade


def test_the_tables_of_the_first_step():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection, VERSIONS[0])
        found = inspect(connection)
        assert {one["name"]: one["nullable"] for one in found.get_columns("ratings")} == dict.fromkeys(
            ("user_id", "item_id", "rating", "updated_at", "revision"), False
        )
        assert found.get_pk_constraint("ratings")["constrained_columns"] == ["user_id", "item_id"]
        assert {one["name"] for one in found.get_columns("items")} == {"item_id", "title", "genres"}
        assert connection.execute(text("SELECT last FROM revisions")).scalar_one() == 0
    engine.dispose()
