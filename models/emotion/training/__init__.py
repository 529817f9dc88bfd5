"""Training and scoring of the expression networks: `python -m models.training emotion --data PATH` trains one."""
