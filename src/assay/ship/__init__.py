"""From a search to a saved model: chosen, refitted, packed, with the figure it promises."""
