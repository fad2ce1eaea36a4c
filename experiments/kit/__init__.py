"""What the experiments share: the design, tables and words, figures, ranges."""
