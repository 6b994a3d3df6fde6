"""Likeness: whether two activations are one function, how one is made of another, and which entries are near."""
