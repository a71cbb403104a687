"""Cuts texts into examples with doctest's own parser: a JSON string a line, and for each its examples, or null where it refuses."""

import doctest
import json
import sys

parser = doctest.DocTestParser()
for line in sys.stdin:
    text = json.loads(line)
    try:
        found = [
            {"source": example.source, "want": example.want, "line": example.lineno}
            for example in parser.get_examples(text)
        ]
    except ValueError:
        found = None
    print(json.dumps(found), flush=True)
