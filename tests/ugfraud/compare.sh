#!/usr/bin/env bash
# Runs SpEagle of the Python toolbox UGFraud 0.1.1.3 and ours on the same graph, and prints both
# times and how far the rankings agree. Takes some minutes, so nothing calls it; needs Python 3 and
# a network for pip. The toolbox is installed beside the build and is no part of this repository.
#
#   tests/ugfraud/compare.sh [FOLDER]     FOLDER has reviews, reviewers and listings (.csv.gz)
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-../shared/data/yelp-graph}
venv=target/ugfraud

cargo build --profile dist --locked
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --no-deps UGFraud==0.1.1.3
  # What its SpEagle imports; the versions that the package itself asks for no longer install.
  "$venv/bin/pip" install --quiet numpy scipy networkx scikit-learn
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$venv/bin/python" tests/ugfraud/toolbox.py "$folder" "$work"
./target/dist/goodstanding evaluate integrity --format graph "$work" --json "$work/ours.json" >"$work/ours.txt"
"$venv/bin/python" - "$work" <<'PYTHON'
import json, sys
work = sys.argv[1]
ours = json.load(open(f"{work}/ours.json"))
theirs = float(open(f"{work}/seconds").read())
seconds = ours["speagle"]["seconds"]
print(f"UGFraud     {theirs:9.3f} s")
print(f"ours        {seconds:9.3f} s, {theirs / seconds:.0f} times as fast")
print(f"Spearman    {ours['speagle']['spearman']:.6f} over reviews")
PYTHON
