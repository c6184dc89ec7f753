"""Requests and answers as they travel: strict shapes, errors in one form, and the API's description."""
