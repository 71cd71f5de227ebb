"""From a search to a saved model: what is chosen, fitted again, packed and promised."""
