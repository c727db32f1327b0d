"""Copies what the image's build stage copies into a clean folder, and checks that it compiles there.

It is no image: that needs a container engine. It finds a file that the build needs and the
Dockerfile does not copy, a toolchain that is too old, and a lock file that does not fit.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def copied(dockerfile):
    """Sources of the first stage's COPY lines, each with its destination."""
    stage = re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[1]
    for line in re.findall(r"^COPY (.+)$", stage, re.MULTILINE):
        *sources, destination = line.split()
        for source in sources:
            name = pathlib.PurePath(source).name
            yield source, destination + name if destination.endswith("/") else destination


def numbers(version):
    return [int(part) for part in version.split(".")]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir()
    dockerfile = (ROOT / "deploy/Dockerfile").read_text()
    sent = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for source, destination in copied(dockerfile):
        if source not in sent:
            sys.exit(f".dockerignore keeps {source} from the build, and the Dockerfile copies it")
        place = folder / destination
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place)
        else:
            shutil.copy(ROOT / source, place)
    needed = re.search(r'^rust-version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    has = re.search(r"^FROM rust:([0-9.]+)-", dockerfile, re.MULTILINE)
    if not numbers(has[1]) >= numbers(needed[1]):
        sys.exit(f"the image builds with Rust {has[1]}, and {needed[1]} is needed")
    if "cargo build --profile dist --locked" not in dockerfile:
        sys.exit("the Dockerfile does not build as it is checked here: --locked")
    # Dependencies are those of the checkout, so that only the service itself is compiled.
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    environment = {**os.environ, "CARGO_TARGET_DIR": str((ROOT / target).resolve())}
    command = ["cargo", "check", "--quiet", "--locked", "--bin", "goodstanding"]
    subprocess.run(command, cwd=folder, env=environment, check=True)
    print("image: what is copied compiles")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
