"""Runs UGFraud's SpEagle on a folder of ours and writes the folder anew with its beliefs.

    toolbox.py FOLDER OUT
"""

import csv
import gzip
import os
import sys
import time

import networkx
import numpy
from UGFraud.Detector.SpEagle import SpEagle


def rows(folder, table):
    plain = os.path.join(folder, f"{table}.csv")
    opened = open(plain) if os.path.exists(plain) else gzip.open(plain + ".gz", "rt")
    with opened as file:
        yield from csv.DictReader(file)


def write(folder, table, header, lines):
    with open(os.path.join(folder, f"{table}.csv"), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(lines)


def potential(differ):
    return numpy.log([[1 - differ, differ], [differ, 1 - differ]])


def main(folder, out):
    graph = networkx.Graph()
    reviewers = {row["reviewer"]: float(row["prior"]) for row in rows(folder, "reviewers")}
    listings = {row["listing"]: float(row["prior"]) for row in rows(folder, "listings")}
    reviews = list(rows(folder, "reviews"))
    # The toolbox keeps one name space for both kinds of node.
    for name, prior in reviewers.items():
        graph.add_node("u" + name, types="user", prior=prior)
    for name, prior in listings.items():
        graph.add_node("p" + name, types="prod", prior=prior)
    for row in reviews:
        user, product = "u" + row["reviewer"], "p" + row["listing"]
        graph.add_edge(user, product, types="review", prior=float(row["prior"]))

    start = time.perf_counter()
    own, other = potential(1e-5), potential(0.1)
    potentials = {"u_r": own, "r_u": own, "r_p": other, "p_r": other}
    model = SpEagle(graph, potentials, message=None, max_iters=4)
    model.schedule(schedule_type="bfs")
    model.run_bp(start_iter=0, max_iters=2, tol=1e-3)
    _, beliefs, _ = model.classify()
    seconds = time.perf_counter() - start

    with open(os.path.join(out, "seconds"), "w") as file:
        file.write(str(seconds))
    write(out, "reviewers", ["reviewer", "prior"], reviewers.items())
    write(out, "listings", ["listing", "prior"], listings.items())
    header = ["reviewer", "listing", "manipulated", "prior", "ugfraud_speagle"]
    lines = (
        [
            row["reviewer"],
            row["listing"],
            row["manipulated"],
            row["prior"],
            repr(float(beliefs["u" + row["reviewer"], "p" + row["listing"]])),
        ]
        for row in reviews
    )
    write(out, "reviews", header, lines)


main(*sys.argv[1:])
