#!/usr/bin/env python3
"""Metrics over several ragged, weighted batches, from their formulas in NumPy.

    python3 metrics.py > metrics.json

Arrays are [step][example][feature]. Precision, recall and F1 follow scikit-learn with zero_division=0, R2 its r2_score.
"""

import json

import numpy as np


def classification(number, classes, batches, weighted, ignored):
    r = np.random.default_rng(number)
    items, scores, targets, weights = [], [], [], []
    for _ in range(batches):
        steps, batch = r.integers(1, 6), r.integers(1, 4)
        s = np.round(r.normal(size=(steps, batch, classes)), 3)
        t = np.where(r.random((steps, batch)) < 0.1, -100, np.minimum(r.integers(0, classes, (steps, batch)), r.integers(0, classes, (steps, batch))))
        s[..., 0] += 0.5
        w = np.round(r.random((steps, batch)) * 2, 2) if weighted else np.ones((steps, batch))
        lengths = r.integers(0, steps + 1, batch)
        items.append({"steps": int(steps), "batch": int(batch), "lengths": lengths.tolist(), "scores": s.flatten().tolist(), "targets": t.flatten().tolist(), "weights": w.flatten().tolist() if weighted else None})
        for step in range(steps):
            for j in range(batch):
                if step < lengths[j] and t[step, j] not in (-100, ignored):
                    scores.append(s[step, j])
                    targets.append(t[step, j])
                    weights.append(w[step, j])
    s, t, w = np.array(scores), np.array(targets), np.array(weights)
    predicted = s.argmax(-1)
    own = s[np.arange(len(t)), t]
    top = lambda k: np.sum(w * ((s > own[:, None]).sum(-1) < k)) / w.sum()
    entropy = np.sum(w * (np.log(np.exp(s).sum(-1)) - own)) / w.sum()
    matrix = np.array([[w[(t == a) & (predicted == b)].sum() for b in range(classes)] for a in range(classes)])
    hits, support, guesses = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    divide = lambda a, b: np.where(b == 0, 0, a / np.where(b == 0, 1, b))
    precision, recall, f1 = divide(hits, guesses), divide(hits, support), divide(2 * hits, guesses + support)
    occurs = support + guesses > 0
    averages = lambda x: {"macro": x[occurs].mean(), "micro": hits.sum() / matrix.sum(), "weighted": np.sum(x * support) / support.sum()}
    return {
        "classes": classes, "ignored": ignored, "batches": items,
        "accuracy": top(1), "top2": top(2), "perplexity": np.exp(entropy), "bits": entropy / np.log(2),
        "matrix": matrix.flatten().tolist(), "support": support.tolist(),
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(),
        "precision_averages": averages(precision), "recall_averages": averages(recall), "f1_averages": averages(f1),
    }


def regression(number, features, batches, weighted):
    r = np.random.default_rng(1000 + number)
    items, outputs, targets, weights = [], [], [], []
    for _ in range(batches):
        steps, batch = r.integers(1, 6), r.integers(1, 4)
        y = np.round(100 + r.normal(size=(steps, batch, features)), 3)
        t = np.round(y + 0.5 * r.normal(size=y.shape), 3)
        if features > 2:
            t[..., 1] = 3
            t[..., 2] = y[..., 2] = 4
        w = np.round(r.random((steps, batch)) * 2, 2) if weighted else np.ones((steps, batch))
        lengths = r.integers(0, steps + 1, batch)
        items.append({"steps": int(steps), "batch": int(batch), "lengths": lengths.tolist(), "outputs": y.flatten().tolist(), "targets": t.flatten().tolist(), "weights": w.flatten().tolist() if weighted else None})
        for step in range(steps):
            for j in range(batch):
                if step < lengths[j]:
                    outputs.append(y[step, j])
                    targets.append(t[step, j])
                    weights.append(w[step, j])
    y, t, w = np.array(outputs), np.array(targets), np.array(weights)[:, None]
    residual = (w * (y - t) ** 2).sum(0)
    total = (w * (t - (w * t).sum(0) / w.sum()) ** 2).sum(0)
    constant = np.all(t == t[0], axis=0)
    r2 = np.where(constant, np.where(residual == 0, 1, 0), 1 - residual / np.where(constant, 1, total))
    return {
        "features": features, "batches": items,
        "mae": (w * np.abs(y - t)).sum() / w.sum() / features, "rmse": np.sqrt((w * (y - t) ** 2).sum() / w.sum() / features), "r2": r2.mean(),
    }


if __name__ == "__main__":
    classes = [(2, 1, False, -100), (3, 4, False, -100), (4, 5, True, -100), (6, 3, False, 0), (5, 6, True, 2)]
    features = [(1, 3, False), (2, 4, True), (4, 3, False), (3, 4, True)]
    cases = {
        "classification": [classification(i, *case) for i, case in enumerate(classes)],
        "regression": [regression(i, *case) for i, case in enumerate(features)],
    }
    print(json.dumps(cases, separators=(",", ":"), default=float))
