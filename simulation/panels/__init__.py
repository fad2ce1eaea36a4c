"""Data whose causes are known: what an analyst would have, and apart from it the truth."""
