"""The answer itself: bytes that are no answer, that claim to be another, or that grow when they are read."""

from attack import Attack, anywhere

LENGTH = "len(text).to_bytes(8, 'little')"


def answering(name: str, make_text: str, arrays: str = "b''") -> Attack:
    """An attack that writes its own answer into the shared memory and ends."""
    return anywhere(name, f"""
        import json
        memory = out('out')
        text = {make_text}
        text = text if isinstance(text, bytes) else text.encode()
        arrays = {arrays}
        start = -(-(8 + len(text)) // 64) * 64
        memory[start : start + len(arrays)] = arrays
        memory[8 : 8 + len(text)] = text
        memory[:8] = {LENGTH}
        os._exit(0)
        """)  # fmt: skip


def placed(name: str, places: str, value: str = '{"a": 0}', arrays: str = "b''") -> Attack:
    """An answer with these places of arrays, JSON both."""
    return answering(name, f"""'{{"value": {value}, "places": {places}}}'""", arrays)


ATTACKS = (
    anywhere("answer with noise", "memory = out('out'); memory[:4096] = os.urandom(4096); os._exit(0)"),
    anywhere("answer with noise everywhere", "memory = out('out'); memory[:] = b'\\xff' * len(memory); os._exit(0)"),
    anywhere("answer with a text longer than its memory", """
        memory = out('out')
        memory[:8] = (2**63).to_bytes(8, 'little')
        os._exit(0)
        """),
    anywhere("begin an answer", "memory = out('out'); memory[:8] = (100).to_bytes(8, 'little'); os._exit(0)"),
    anywhere("answer, and then not end", """
        memory = out('out')
        text = b'{"value": 1, "places": []}'
        memory[8 : 8 + len(text)] = text
        memory[:8] = len(text).to_bytes(8, 'little')
        time.sleep(60)
        """),
    answering("answer with JSON that is cut off", """'{"value": 1, "pla'"""),
    answering("answer with JSON nested deep", "'[' * 4_000_000"),
    answering("answer with a value nested deep", """'{"places": [], "value": ' + '[' * 900 + ']' * 900 + '}'"""),
    answering("answer with bytes that are no text", """b'{"value": "\\xff\\xfe", "places": []}'"""),
    answering("answer with a list", "'[1, 2]'"),
    answering("answer with nothing", "' '"),
    answering("answer with no number", """'{"value": NaN, "places": []}'"""),
    answering("answer with infinity in disguise", """'{"value": 1e999, "places": []}'"""),
    answering("answer with a number of many digits", """'{"value": ' + '9' * 4_000_000 + ', "places": []}'"""),
    answering("answer with a float of many digits", """'{"value": {"f": "' + '9' * 4_000_000 + '"}, "places": []}'"""),
    answering("answer with a name twice", """'{"value": {"a": 0, "a": 1}, "places": []}'"""),
    answering("answer with two kinds at once", """'{"value": {"a": 0, "d": {}}, "places": [["<f8", [1], 0]]}'"""),
    answering("answer with half a character", """'{"value": "' + chr(92) + 'ud800", "places": []}'"""),
    answering("blame the machine", """'{"reason": "code/no-sandbox", "message": "not here", "places": []}'"""),
    answering("give a reason that there is not", """'{"reason": "fine", "message": "fine", "places": []}'"""),
    answering("give a reason that is no text", """'{"reason": {}, "message": [1], "line": {}, "printed": 5}'"""),
    answering("blame a line that there is not", """'{"reason": "code/raised", "line": ' + '9' * 99 + '}'"""),
    answering("blame with a long text", """json.dumps({"reason": "code/raised", "message": 'x' * 4_000_000})"""),
    answering("blame in colours and half characters",
              """json.dumps({"reason": "code/raised", "message": chr(27) + '[2J' + chr(0xd800)})"""),
    placed("name an array of objects", '[["|O", [1], 0]]'),
    placed("name an array of records", '[["|V8", [1], 0]]'),
    placed("name an array of dates", '[["<M8[ns]", [1], 0]]'),
    placed("name a type that is no text", '[[["<f8"], [1], 0]]'),
    placed("name an array before its memory", '[["<f8", [1], -8]]'),
    placed("name an array beyond its memory", '[["<f8", [1000000000], 0]]'),
    placed("name an array of negative size", '[["<f8", [-1, -1], 0]]'),
    placed("name an array whose size overflows", '[["<f8", [4294967296, 4294967296], 0]]'),
    placed("name an empty array of great size", '[["<f8", [0, 9223372036854775807, 9223372036854775807], 0]]'),
    placed("name an array of many dimensions", '[["<f8", [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1], 0]]'),
    placed("name an array that begins at a truth value", '[["<f8", [1], true]]'),
    placed("name an array with half a size", '[["<f8", [1.5], 0]]'),
    placed("name an array that is not there", "[]"),
    placed("name arrays in each other's memory", '[["|u1", [1000000], 0], ["|u1", [1000000], 0]]'),
    placed("name very many arrays", "[' + ', '.join(['[\"|u1\", [0], 0]'] * 250_000) + ']"),
    answering("answer with very many values",
              """'{"places": [], "value": [' + ', '.join(['{"d": {}}'] * 380_000) + ']}'"""),
    placed("name one array many times", '[["|u1", [1000000], 0]]', "[' + ', '.join(['{\"a\": 0}'] * 100_000) + ']"),
    placed("name one array of texts many times", '[["|u1", [8], 0], ["<i8", [8], 64], ["|b1", [8], 128]]',
           "[' + ', '.join(['{\"t\": [0, [8]]}'] * 100_000) + ']",
           "bytes(64) + (1).to_bytes(8, 'little') * 8 + bytes(64)"),
    placed("give texts lengths below nothing", '[["|u1", [0], 0], ["<i8", [2], 64], ["|b1", [2], 128]]',
           '{"t": [0, [2]]}', "bytes(64) + (5).to_bytes(8, 'little') + (2**64 - 5).to_bytes(8, 'little') + bytes(64)"),
    placed("give texts lengths that overflow", '[["|u1", [0], 0], ["<i8", [2], 64], ["|b1", [2], 128]]',
           '{"t": [0, [2]]}', "bytes(64) + (2**63 - 1).to_bytes(8, 'little') * 2 + bytes(64)"),
    placed("give texts a shape that they have not", '[["|u1", [0], 0], ["<i8", [2], 64], ["|b1", [2], 128]]',
           '{"t": [0, [3, {}]]}', "bytes(200)"),
    placed("give rows a column that is none", "[]", '{"r": [3, {"a": 1}]}'),
)  # fmt: skip
