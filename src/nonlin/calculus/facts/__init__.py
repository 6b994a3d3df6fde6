"""Facts of a function, found from its tree: range, limits, kinks, zeros, shape, gains."""
