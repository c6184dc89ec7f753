"""Sparse in, masked out: the inner loops whose cost follows the ratings."""
