"""Log probabilities of an interpolated n-gram model with Witten and Bell's smoothing, by counting tuples: writes ngram.json."""
import json
import math
import random
from collections import Counter

VOCABULARY, ORDER = 6, 3
random.seed(7)
sequences = [[int(random.betavariate(1, 3) * VOCABULARY) for _ in range(length)] for length in (40, 1, 25, 3, 60)]
tokens = [random.randrange(VOCABULARY) for _ in range(30)]
prompt = [1, 0]

counts = Counter(tuple(s[i:i + n]) for s in sequences for n in range(1, ORDER + 2) for i in range(len(s) - n + 1))


def probability(history, token):
    if history is None:
        return 1 / VOCABULARY
    followed = {gram[-1]: count for gram, count in counts.items() if gram[:-1] == history}
    shorter = probability(history[1:] if history else None, token)
    if not followed:
        return shorter
    return (followed.get(token, 0) + len(followed) * shorter) / (sum(followed.values()) + len(followed))


def score(order, prompt):
    history = prompt + tokens
    return [math.log(probability(tuple(history[max(0, t - order):t]), history[t])) for t in range(len(prompt), len(history))]


cases = [{"order": ORDER, "prompt": prompt, "log_probabilities": score(ORDER, prompt)}, {"order": ORDER, "prompt": [], "log_probabilities": score(ORDER, [])}]
for order in range(ORDER):
    counts = Counter(tuple(s[i:i + n]) for s in sequences for n in range(1, order + 2) for i in range(len(s) - n + 1))
    cases.append({"order": order, "prompt": prompt, "log_probabilities": score(order, prompt)})
with open("ngram.json", "w") as file:
    json.dump({"vocabulary": VOCABULARY, "sequences": sequences, "tokens": tokens, "cases": cases}, file)
