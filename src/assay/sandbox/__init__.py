"""Functions that are not ours, run on arrays under limits: what they may read, reach, use and answer.

Begin with `sandbox.py` (the caller's side), then `guest_server.py` (the process that forks one child a call) and
`guest.py` (the child). Each other file is one barrier, or what crosses the border: JSON and arrays, never a pickle.
"""
