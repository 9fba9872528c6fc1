"""The root of every error this package raises on purpose."""


class WellheadError(Exception):
    """A named refusal. Its message says what is wrong and, where somebody can act on it, what to do."""
