"""Live worlds until an answer is found: calibrate, optimize, precision."""
