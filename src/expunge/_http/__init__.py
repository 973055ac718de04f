"""HTTP happens here and nowhere else."""
