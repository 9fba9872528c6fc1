"""Measurements of this machine against the stated floors. They say what they measured; nothing is asserted by time."""
