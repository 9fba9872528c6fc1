"""How nodes agree: they hand each other signed observations, and sign a leader's report only if they can rebuild it."""
