"""The items as people look for them: titles, years, genres, and search as you type."""
