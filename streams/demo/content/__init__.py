"""What the demonstration's organizations write: texts with slots, kept as data under texts/, and functions that fill them in."""

from streams.demo.content.library import Group, Incident, Library, Topic, load_library
from streams.demo.content.templates import Template

__all__ = ["Group", "Incident", "Library", "Template", "Topic", "load_library"]
