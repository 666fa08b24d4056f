"""Answers bench requests over stdin and stdout, one JSON object a line, so that every timing is of a warm process.

    {"op": "load", "path": P, "rows": n, "columns": p}   P holds p columns of X, then y: little-endian f64, column-major
    {"op": "run", "method": "auto" | "svd" | "blocked" | "cv5", "repeats": k}
        -> {"ms" (one of the k), "alpha", "score", "checksum", "peakRssBytes"}

Only the arithmetic is inside the clock: scaler, ridge over 30 alphas (by leave-one-out, or over 5 folds), predictions, on data in memory.
"""

import json
import os
import resource
import sys
import time

import numpy as np
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from blocked_ridge import fit_predict  # noqa: E402

ALPHAS = np.logspace(-3, 1, 30)


def run_sklearn(x, y, mode):
    z = StandardScaler().fit_transform(x)
    search = {"cv": 5} if mode == "cv5" else {"gcv_mode": mode}
    model = RidgeCV(alphas=ALPHAS, **search).fit(z, y)
    return model.alpha_, model.best_score_, model.predict(z)


def run_blocked(x, y):
    alpha, mse, preds = fit_predict(x, y, ALPHAS)
    return alpha, -mse.min(), preds


def run(method, repeats, x, y):
    start = time.perf_counter()
    for _ in range(repeats):
        alpha, score, preds = run_blocked(x, y) if method == "blocked" else run_sklearn(x, y, method)
    ms = (time.perf_counter() - start) * 1e3 / repeats
    return {
        "ms": ms,
        "alpha": float(alpha),
        "score": float(score),
        "checksum": float(np.abs(preds).sum()),
        "peakRssBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }


def main():
    threads = int(sys.argv[1])
    x = y = None
    with threadpool_limits(limits=threads):
        for line in sys.stdin:
            request = json.loads(line)
            if request["op"] == "load":
                n, p = request["rows"], request["columns"]
                flat = np.fromfile(request["path"], dtype="<f8").reshape(p + 1, n)
                x, y = np.ascontiguousarray(flat[:p].T), flat[p].copy()
                answer = {}
            else:
                answer = run(request["method"], request["repeats"], x, y)
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
