"""Writes numpy_random.json: what NumpyRandom must repeat of numpy.random.RandomState, and what
FastRandom must repeat of xoshiro256**, written here anew from Blackman and Vigna's paper.

Run with Debian's python3-numpy: /usr/bin/python3 numpy_random.py
"""
import json
import math
import pathlib

import numpy as np

SEEDS = [0, 1, 42, 123456789, 4294967295]
FAST_SEEDS = [0, 1, 42, 123456789, 2**64 - 1]

INT_RANGES = [(3, 4), (0, 2), (0, 3), (0, 4), (0, 10), (-5, 5), (0, 256), (0, 257), (-1000, 1000000),
              (0, 2**31 - 1), (-2**31, 2**31 - 1), (-2**31, 0), (-1, 2**30)]
LONG_RANGES = [(0, 2**32 - 1), (0, 2**32), (0, 2**32 + 1), (-2**40, 2**40), (7, 2**33 + 8), (0, 2**63 - 1), (-2**63, 2**63 - 1),
               (2**63 - 2, 2**63 - 1)]

PROBABILITIES = [
    [1.0],
    [0.1, 0.2, 0.3, 0.4],
    [0.0, 0.5, 0.0, 0.5, 0.0],
    [1 / 3] * 3,
    [0.1] * 10,
    [0.25, 0.25, 0.25, 0.25 + 1e-8],
    [0.5, 0.5 + 2**-26],
    (lambda w: list(w / w.sum()))(np.random.RandomState(7).random_sample(60) ** 2),
]

# One step past the tolerance, which a sum without Kahan's correction does not see: the tests expect a refusal.
try:
    np.random.RandomState(0).choice(1001, p=[1 + 2**-26] + [2**-54] * 1000)
    raise SystemExit("NumPy no longer sums probabilities by Kahan's method")
except ValueError:
    pass


def numpy_stream(seed):
    def fresh():
        return np.random.RandomState(seed)

    def randint(low, high):
        one_by_one, at_once = fresh(), fresh()
        values = [int(one_by_one.randint(low, high)) for _ in range(12)]
        assert values == at_once.randint(low, high, 12).tolist()
        return {"low": low, "high": high, "values": values, "then": one_by_one.random_sample()}

    def choice(p):
        one_by_one, at_once = fresh(), fresh()
        values = [int(one_by_one.choice(len(p), p=p)) for _ in range(20)]
        assert values == at_once.choice(len(p), 20, p=p).tolist()
        return {"p": p, "values": values, "then": one_by_one.random_sample()}

    def shuffle(n):
        r, values = fresh(), list(range(n))
        r.shuffle(values)
        return {"n": n, "values": values, "then": r.random_sample()}

    def permutation(n):
        r = fresh()
        return {"n": n, "values": r.permutation(n).tolist(), "then": r.random_sample()}

    def raw(n):
        r = fresh()
        return {"n": n, "values": list(r.bytes(n)), "then": r.random_sample()}

    def randn(n):
        r = fresh()
        return {"n": n, "values": r.randn(n).tolist(), "uniform": r.random_sample(), "next": r.randn(), "then": r.random_sample()}

    def uniform(low, high):
        return {"low": low, "high": high, "values": fresh().uniform(low, high, 8).tolist()}

    def late():
        r = fresh()
        r.random_sample(5000)
        return r.random_sample(8).tolist()

    def interleaved():
        r, p = fresh(), PROBABILITIES[1]
        calls = {
            "randn": r.randn,
            "random": r.random_sample,
            "randint": lambda: int(r.randint(-7, 90)),
            "long": lambda: int(r.randint(0, 2**35)),
            "uniform": lambda: r.uniform(-0.5, 2.0),
            "choice": lambda: int(r.choice(4, p=p)),
            "permutation": lambda: r.permutation(5).tolist(),
        }
        order = np.random.RandomState(2024).randint(0, len(calls), 150)
        names = [list(calls)[i] for i in order]
        return [{"call": name, "value": calls[name]()} for name in names]

    def saved():
        # An odd count of normal numbers, so that one is kept.
        r = fresh()
        r.randn(301)
        _, key, position, has_gauss, gauss = r.get_state()
        return {"position": int(position), "key": key.tolist()[::25], "has_gauss": has_gauss, "gauss": gauss}

    # The first uniform number meets a cumulated share exactly, and one that moves past it only when divided by the sum.
    first = fresh().random_sample()
    on_edge = [[first, 1 - first], [first * (1 + 1e-9), 1 - first + 9e-9]]

    return {
        "seed": seed,
        "uniforms": fresh().random_sample(10).tolist(),
        "late": late(),
        "uniform": [uniform(-1.5, 2.5), uniform(0.0, 1e-3), uniform(2.0, 2.0), uniform(-1e300, 1e300)],
        "randn": [randn(n) for n in (0, 1, 2, 7, 20)],
        "randint": [randint(*bounds) for bounds in INT_RANGES],
        "long": [randint(*bounds) for bounds in LONG_RANGES],
        "choice": [choice(p) for p in PROBABILITIES + on_edge],
        "shuffle": [shuffle(n) for n in (0, 1, 2, 3, 10, 65)],
        "permutation": [permutation(n) for n in (0, 1, 8, 33)],
        "bytes": [raw(n) for n in (1, 4, 7, 16)],
        "interleaved": interleaved(),
        "saved": saved(),
    }


MASK = 2**64 - 1


def rotl(x, k):
    return (x << k | x >> (64 - k)) & MASK


class SplitMix64:
    def __init__(self, seed):
        self.x = seed

    def next(self):
        self.x = (self.x + 0x9E3779B97F4A7C15) & MASK
        z = self.x
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        return z ^ z >> 31


def step(s):
    s = list(s)
    t = s[1] << 17 & MASK
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotl(s[3], 45)
    return s


def bits(s):
    return np.array([s[i // 64] >> (i % 64) & 1 for i in range(256)], dtype=np.int64)


def words(b):
    return [sum(int(b[64 * i + j]) << j for j in range(64)) for i in range(4)]


# The step as a matrix over GF(2): squared k times it leaps 2^k steps, which owes nothing to the published jump constants.
power = np.stack([bits(step(words(np.eye(256, dtype=np.int64)[i]))) for i in range(256)], axis=1)
LEAPS = {}
for exponent in range(1, 193):
    power = power @ power % 2
    if exponent in (128, 192):
        LEAPS[exponent] = power


class Xoshiro256StarStar:
    def __init__(self, s):
        self.s, self.kept = list(s), None

    @classmethod
    def seeded(cls, seed):
        mix = SplitMix64(seed)
        return cls([mix.next() for _ in range(4)])

    def next(self):
        result = rotl(self.s[1] * 5 & MASK, 7) * 9 & MASK
        self.s = step(self.s)
        return result

    def double(self):
        return (self.next() >> 11) / 2**53

    def single(self):
        return (self.next() >> 40) / 2**24

    def below(self, count):
        # Lemire's rule in its plain form: refuse the products whose low word is under 2^64 mod count.
        while True:
            product = self.next() * count
            if product % 2**64 >= 2**64 % count:
                return product >> 64

    def gaussian(self):
        if self.kept is not None:
            value, self.kept = self.kept, None
            return value
        while True:
            x, y = 2 * self.double() - 1, 2 * self.double() - 1
            r2 = x * x + y * y
            if 0 < r2 < 1:
                scale = math.sqrt(-2 * math.log(r2) / r2)
                self.kept = scale * x
                return scale * y

    def split(self, exponent):
        child = Xoshiro256StarStar(self.s)
        self.s = words(LEAPS[exponent] @ bits(self.s) % 2)
        return child

    def take(self, count):
        return [self.next() for _ in range(count)]


# Published outputs: SplitMix64 from seed 1234567, xoshiro256** from the words 1, 2, 3, 4 (rand_xoshiro's test vector).
mix = SplitMix64(1234567)
assert [mix.next() for _ in range(5)] == [6457827717110365317, 3203168211198807973, 9817491932198370423,
                                          4593380528125082431, 16408922859458223821]
PUBLISHED = [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
             16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576]
assert Xoshiro256StarStar([1, 2, 3, 4]).take(10) == PUBLISHED


def fast_stream(seed):
    def fresh():
        return Xoshiro256StarStar.seeded(seed)

    def bounded(low, high):
        r = fresh()
        return {"low": low, "high": high, "values": [low + r.below(high - low) for _ in range(12)], "then": r.double()}

    def family():
        root = fresh()
        first, second = root.split(192), root.split(192)
        grandchild, sibling = second.split(128), second.split(128)
        return {name: r.take(4) for name, r in [("first", first), ("grandchild", grandchild), ("sibling", sibling),
                                                ("second", second), ("root", root)]}

    r = fresh()
    gaussians = [r.gaussian() for _ in range(7)]
    raw = b"".join(word.to_bytes(8, "little") for word in fresh().take(3))[:21]
    return {
        "seed": seed,
        "words": fresh().s,
        "outputs": fresh().take(20),
        "uniforms": (lambda g: [g.double() for _ in range(8)])(fresh()),
        "singles": (lambda g: [g.single() for _ in range(8)])(fresh()),
        "bytes": list(raw),
        "gaussians": {"values": gaussians, "uniform": r.double(), "next": r.gaussian(), "then": r.double()},
        "bounded": [bounded(*b) for b in [(0, 2), (-5, 5), (0, 2**31 - 1), (-2**31, 2**31 - 1), (0, 3 << 61), (0, 2**62 + 1),
                                          (-2**63, 2**63 - 1), (-2**62, 2**62 + 2**61)]],
        "family": family(),
    }


document = {
    "numpy": np.__version__,
    "streams": [numpy_stream(seed) for seed in SEEDS],
    "published": PUBLISHED,
    "fast": [fast_stream(seed) for seed in FAST_SEEDS],
}


def lines(value, depth):
    """JSON with one line for each entry of the outer levels: short enough to read, fine enough to compare."""
    if depth == 0 or not isinstance(value, (dict, list)):
        return json.dumps(value)
    if isinstance(value, dict):
        return "{\n" + ",\n".join(json.dumps(k) + ": " + lines(v, depth - 1) for k, v in value.items()) + "\n}"
    return "[\n" + ",\n".join(lines(v, depth - 1) for v in value) + "\n]"


pathlib.Path(__file__).with_suffix(".json").write_text(lines(document, 3) + "\n", encoding="utf-8")
