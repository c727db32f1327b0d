"""Takes the examples out of the README: fenced blocks after `<!-- example: FILE -->`."""

import pathlib
import re
import sys

EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n+```\w*\n(.*?)```", re.S)


def main():
    readme, folder, address = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    found = EXAMPLE.findall(readme.read_text())
    names = {name for name, _ in found}
    expected = set(sys.argv[4:])
    if names != expected:
        sys.exit(f"the README has examples {sorted(names)}, expected {sorted(expected)}")
    for name, text in found:
        # The README speaks of the port that `serve` takes unless told otherwise.
        (folder / name).write_text(text.replace("127.0.0.1:7311", address))


if __name__ == "__main__":
    main()
