"""(predictions, hidden) become numbers per user: pure functions of arrays."""
