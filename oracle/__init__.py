"""The Wellhead node: meters GPU fleets and signs what it read."""
