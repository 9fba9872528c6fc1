"""Readings proven against the chain, for whoever settles, checks or disputes one."""
