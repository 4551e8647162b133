"""Pydantic models of a study's configuration. Each section has a file; `study.py` puts them together."""
