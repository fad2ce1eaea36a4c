"""The page: two strategies side by side, on the same people with the same luck."""
