"""A recommendation engine built on autoencoders."""

__version__ = "0.1.0"
