# Eight small programs; `speed.py NAME` prints the seconds that one of them took, without start-up.
import math
import re
import sys
import time


def fib():
    def go(n):
        return n if n < 2 else go(n - 1) + go(n - 2)

    return go(24)


def loop():
    total = 0
    for i in range(1, 1_500_001):
        total = (total + i * i) % 1000003
    return total


class Body:
    def __init__(self, i):
        self.x, self.y, self.z = i * 1.1, i * 0.7, -i * 0.3
        self.vx, self.vy, self.vz = 0.01 * i, -0.02 * i, 0.005 * i
        self.mass = 1.0 / i


def nbody():
    bodies = [Body(i) for i in range(1, 6)]
    for _ in range(4000):
        for i, a in enumerate(bodies):
            for b in bodies[i + 1 :]:
                dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
                d2 = dx * dx + dy * dy + dz * dz
                mag = 0.001 / (d2 * math.sqrt(d2))
                a.vx -= dx * b.mass * mag
                a.vy -= dy * b.mass * mag
                a.vz -= dz * b.mass * mag
                b.vx += dx * a.mass * mag
                b.vy += dy * a.mass * mag
                b.vz += dz * a.mass * mag
        for it in bodies:
            it.x += 0.001 * it.vx
            it.y += 0.001 * it.vy
            it.z += 0.001 * it.vz
    return bodies[0].x


def sieve():
    n, count = 400_000, 0
    composite = [False] * (n + 1)
    for i in range(2, n + 1):
        if not composite[i]:
            count += 1
            for j in range(i * i, n + 1, i):
                composite[j] = True
    return count


def strings():
    text = "".join([f"item {i};" for i in range(100_000)])
    words = sum(1 for _ in re.finditer(r"[a-z]+", text))
    return len(text.replace("item", "thing").upper()) + words


def sort():
    seed, values = 42, []
    for _ in range(100_000):
        seed = (seed * 1103515245 + 12345) % 2147483648
        values.append(seed)
    values.sort()
    values.sort(key=lambda it: -it)
    return values[0]


def dict_():
    counts = {}
    for i in range(1, 500_001):
        key = f"k{(i * 7919) % 5003}"
        counts[key] = counts.get(key, 0) + 1
    return sum(counts.values())


def closures():
    def counter(step):
        n = 0

        def count():
            nonlocal n
            n += step
            return n

        return count

    total = 0
    for i in range(15_000):
        f = counter(i % 7)
        for _ in range(30):
            total += f()
    return total


PROGRAMS = {
    "fib": fib,
    "loop": loop,
    "nbody": nbody,
    "sieve": sieve,
    "strings": strings,
    "sort": sort,
    "dict": dict_,
    "closures": closures,
}
program = PROGRAMS[sys.argv[1]]
best = math.inf
for _ in range(3):
    started = time.perf_counter()
    program()
    best = min(best, time.perf_counter() - started)
print(best)
