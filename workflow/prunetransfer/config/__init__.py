"""Pydantic models of a study's configuration, one noun a file; `study.py` puts them together."""
