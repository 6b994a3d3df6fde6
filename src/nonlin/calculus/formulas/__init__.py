"""Formulas as people read them: SymPy expressions, LaTeX, MathML, plain text."""
