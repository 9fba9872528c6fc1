"""A node's work done again, or beforehand, without its key: nothing is signed, posted or written to its database."""
