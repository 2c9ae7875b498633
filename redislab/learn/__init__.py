"""Lessons: chapters in YAML, a runner that checks what commands did, and the tools to write a course."""
