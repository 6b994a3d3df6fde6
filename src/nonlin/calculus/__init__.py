"""What can be known of a function from its formula: mathematical notation, SymPy, facts."""
