"""Finds proof that a report is false, or that a node signed two, and sends it where it costs the liars their bonds.

It trusts no node: what nodes serve is taken as it comes and believed only where it makes a root the chain or a
signature names.
"""
