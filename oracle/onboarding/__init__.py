"""A new node's folder: keys, the deployment file, and a configuration filled in from the chain."""
