"""Helpers of tests that are no tests themselves and belong to no one package of them."""
