"""Attribution methods, one a file; each file ends in METHOD = Method(...) and is found by that."""
