"""What the model thinks of items: which are alike, and where each stands on a map."""
