"""One metering node: it samples its sites, observes each epoch, agrees with its peers, and posts when it is its
turn."""
