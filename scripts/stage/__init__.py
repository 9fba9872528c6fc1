"""What the demo stands on: a chain whose time it moves, the operators' sites, the cast of accounts, and how it shows
the books."""
