"""The body pose network: `python -m models.training pose --lsp PATH --lspet PATH` trains it."""
