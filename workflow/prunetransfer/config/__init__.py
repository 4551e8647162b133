"""Pydantic models of a study's configuration: one file for each section; `study.py` puts them together."""
