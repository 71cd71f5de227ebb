"""Files of predictions from anywhere, compared and ranked; needs no lab."""
