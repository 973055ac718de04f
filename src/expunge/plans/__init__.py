"""Plans: choosing versions, writing the choice down, carrying it out."""
