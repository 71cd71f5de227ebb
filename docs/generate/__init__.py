"""Reference pages made from the code: help texts, registries, documents, docstrings, codes.

Each module gives `page() -> str`, the Markdown of one or more pages; `docs/build.py` writes them.
"""
