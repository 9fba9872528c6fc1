"""What must be right before a node runs: each thing is looked at, nothing is changed."""
