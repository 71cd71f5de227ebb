"""What holds for every test: laws are tried on as many examples, however busy the machine is."""

from hypothesis import settings

settings.register_profile("assay", deadline=None)
settings.load_profile("assay")
