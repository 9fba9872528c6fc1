"""Pure integer domain: readings, medians, Merkle trees, reports, charges. Imports nothing else of ours."""
