"""Text models of this machine: pretrained encoders in installed packages and local folders. Nothing is downloaded."""
