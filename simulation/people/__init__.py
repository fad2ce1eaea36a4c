"""People as arrays: what each is born with, and who is whose friend."""
