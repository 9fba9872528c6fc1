"""The schema's history. A new step: `versions/NNNN_what_for.py`, with its tables as they are then, not those of
oracle.store.schema."""
