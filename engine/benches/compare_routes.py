#!/usr/bin/env python3
"""Compares the engine's router with fast_tsp on shuffled TSPLIB instances, and recomputes every tour itself.

    pip download --no-binary fast_tsp --no-deps fast_tsp==0.2.2 && tar xzf fast_tsp-0.2.2.tar.gz
    pip install fast_tsp==0.2.2 numpy
    cargo build --release -p engine --example route
    engine/benches/compare_routes.py fast_tsp-0.2.2/cases target/release/examples/route pr1002:2 pr2392:10

Each argument after the program is INSTANCE:CPU_SECONDS. Both solvers get the same shuffled points in the same run, one
after the other, one thread each. fast_tsp counts wall seconds, so it is given more of them until its CPU seconds are no
fewer than ours.
"""
import math
import os
import random
import resource
import subprocess
import sys
import time

import fast_tsp
import numpy

RUNS = int(os.environ.get("RUNS", "3"))


def read(path):
    words = open(path, encoding="ascii").read().split()
    count = int(words[2])
    numbers = list(map(float, words[3 : 3 + 2 * count]))
    return int(words[0]), list(zip(numbers[::2], numbers[1::2]))


def distance(a, b):
    return int(math.hypot(a[0] - b[0], a[1] - b[1]) + 0.5)


def length(points, order):
    if sorted(order) != list(range(len(points))):
        raise SystemExit("not a tour: a point is missing or visited twice")
    return sum(distance(points[order[i - 1]], points[order[i]]) for i in range(len(order)))


def ours(program, points, seconds, seed):
    text = "\n".join(f"{x} {y}" for x, y in points)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, str(seconds), str(seed)], input=text, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return list(map(int, done.stdout.split())), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def theirs(points, seconds):
    array = numpy.array(points)
    delta = array[:, None, :] - array[None, :, :]
    matrix = (numpy.sqrt((delta**2).sum(axis=2)) + 0.5).astype(numpy.int64)
    wall = seconds
    while True:
        start = time.process_time()
        order = fast_tsp.find_tour(matrix, duration_seconds=wall)
        spent = time.process_time() - start
        if spent >= seconds * 0.95:
            return order, spent
        wall *= max(1.05, seconds / spent)


def main():
    cases, program, *wanted = sys.argv[1:]
    print("| instance | CPU s | engine % (CPU s) | fast_tsp % (CPU s) |\n| --- | --- | --- | --- |")
    for item in wanted:
        name, seconds = item.split(":")
        optimum, points = read(os.path.join(cases, name + ".txt"))
        rows = []
        for seed in range(RUNS):
            random.Random(seed).shuffle(points)
            for order, cpu in (ours(program, points, float(seconds), seed), theirs(points, float(seconds))):
                rows.append(((length(points, order) / optimum - 1) * 100, cpu))
        columns = [" ".join(f"{gap:.3f}" for gap, _ in rows[side::2]) + f" ({max(c for _, c in rows[side::2]):.1f})" for side in (0, 1)]
        print(f"| {name} | {seconds} | {columns[0]} | {columns[1]} |", flush=True)


main()
