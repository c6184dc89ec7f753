"""How the tables of a store came to be what they are, step by step, for alembic; no step is changed once it was released."""
