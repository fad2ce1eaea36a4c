"""Why believe it: theory, null models, arms, patterns, validation."""
