"""Proof that stands on its own: hours of verdicts sealed into a signed chain, and one file for a case that anybody can check with the public key."""
