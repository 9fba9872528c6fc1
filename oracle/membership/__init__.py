"""A node's place in the set and its bond: what its cold key decides, and nobody else."""
