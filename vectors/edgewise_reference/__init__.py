"""Edgewise's assignment a second time, in Python's standard library alone.

Written from the design, not from the Rust code, so that the two can disagree. It favours the obvious over the
fast, evaluates documents directly (there is no compiler and no ruleset here), and trusts the documents it is given:
what `compile` refuses is not its business.
"""
