"""Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, kana and Han. Each character of them counts as a
word.
"""

RANGES = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
"""First and last code points of their blocks, in order."""
CHARACTER = "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in RANGES) + "]"
"""One such character, as a part of a regular expression."""
