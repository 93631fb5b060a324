"""The rules, as pure functions over frozen values: no clock, no network, no database, no Django.

What is in here can be recomputed by a stranger from public facts; that is why it stands alone.
"""
