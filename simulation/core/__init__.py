"""What everything rests on: stages, outcomes, randomness, the compiler, arithmetic of chances."""
