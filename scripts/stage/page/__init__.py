"""The demo's books as one HTML file that needs nothing else: no script, no font, no picture from elsewhere."""

from scripts.stage.page.document import render

__all__ = ["render"]
