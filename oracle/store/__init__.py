"""What a node must not forget: its one database, and the guard that keeps it from signing twice."""
