"""What doctest.OutputChecker says of each pair that is sent: a JSON array [want, got, flags] per line in, `1` or `0` per line out."""

import doctest
import json
import sys

checker = doctest.OutputChecker()
for line in sys.stdin.buffer:
    want, got, flags = json.loads(line)
    optionflags = 0
    for flag in flags:
        optionflags |= doctest.OPTIONFLAGS_BY_NAME[flag]
    print(int(checker.check_output(want, got, optionflags)))
