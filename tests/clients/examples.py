"""Extracts the examples of documents: fenced blocks after `<!-- example: FILE -->`.

    python examples.py FOLDER DOCUMENT.md... PORT=PORT... FILE...

Documents print fixed ports. Each is replaced by the port after the equals sign.
"""

import pathlib
import re
import sys

EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n+```\w*\n(.*?)```", re.S)


def main():
    folder, *words = sys.argv[1:]
    ports = dict(word.split("=") for word in words if "=" in word)
    documents = [word for word in words if word.endswith(".md")]
    expected = sorted(word for word in words if "=" not in word and word not in documents)
    examples = [
        example
        for document in documents
        for example in EXAMPLE.findall(pathlib.Path(document).read_text())
    ]
    names = sorted(name for name, _ in examples)
    if names != expected:
        sys.exit(f"the documents have examples {names}, expected {expected}")
    fixed = re.compile(r"\b(" + "|".join(ports) + r")\b")
    for name, text in examples:
        (pathlib.Path(folder) / name).write_text(fixed.sub(lambda port: ports[port[1]], text))


if __name__ == "__main__":
    main()
