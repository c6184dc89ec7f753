"""A file becomes a table: readers, filters, public data sets and synthetic worlds. The only room that knows polars."""
