"""Plain words read without a language model: what of a text is a wish, and what of it is not understood."""
