"""Checks a study before it starts. In seconds it finds problems that would otherwise appear after hours or days."""
