"""Brownie scripts: deployment, and the demo that runs the whole of Wellhead on a local chain."""
