"""What a node shows the public: standing reports, readings with their proofs, series for charts, health and metrics."""
