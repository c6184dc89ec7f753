"""The second step: states and counts."""

from sqlalchemy import create_engine, inspect

from foretaste.store.schema import VERSIONS, upgrade


def test_the_tables_of_the_second_step_come_on_top_of_the_first():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection, VERSIONS[0])
        before = set(inspect(connection).get_table_names())
        upgrade(connection, VERSIONS[1])
        assert set(inspect(connection).get_table_names()) - before == {"states", "counts"}
        assert inspect(connection).get_pk_constraint("counts")["constrained_columns"] == ["name", "key"]
    engine.dispose()
