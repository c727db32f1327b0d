"""Takes the examples out of the README: fenced blocks after `<!-- example: FILE -->`.

    python examples.py README FOLDER PORT=PORT... FILE...

The README speaks of fixed ports; each is replaced by the one after it.
"""

import pathlib
import re
import sys

EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n+```\w*\n(.*?)```", re.S)


def main():
    readme, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    ports = dict(word.split("=") for word in sys.argv[3:] if "=" in word)
    expected = {word for word in sys.argv[3:] if "=" not in word}
    found = EXAMPLE.findall(readme.read_text())
    names = {name for name, _ in found}
    if names != expected:
        sys.exit(f"the README has examples {sorted(names)}, expected {sorted(expected)}")
    fixed = re.compile(r"\b(" + "|".join(ports) + r")\b")
    for name, text in found:
        (folder / name).write_text(fixed.sub(lambda port: ports[port[1]], text))


if __name__ == "__main__":
    main()
