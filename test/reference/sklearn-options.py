"""Makes sklearn-options.json: several targets and sample weights through scikit-learn 1.9.1, for test/core.

    python test/reference/sklearn-options.py > test/reference/sklearn-options.json

The designs are in the file too, so that nothing rests on numpy's random numbers. One thread, so that sums have one order.
"""

import json
import os
import sys

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import sklearn
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.preprocessing import StandardScaler

SCORINGS = [None, "r2", "neg_mean_absolute_error", "neg_mean_squared_error"]
ALPHAS = [0.001, 0.1, 1.0, 10.0, 1000.0]


def design(rng, n, p):
    x = rng.standard_normal((n, p)) * np.exp(rng.standard_normal(p)) + rng.standard_normal(p)
    slopes = rng.standard_normal((p, 3))
    y = x @ slopes + rng.standard_normal((n, 3)) * [0.1, 3, 100] + [5, 0, -20]
    return x, y


def fits(x, y, weight, **options):
    """As RidgeCV(cv=None) comes out, for every way to choose alpha."""
    found = []
    for scoring in SCORINGS:
        for per_target in [False, True] if y.ndim == 2 else [False]:
            model = RidgeCV(ALPHAS, scoring=scoring, alpha_per_target=per_target, store_cv_results=True, **options)
            model.fit(x, y, weight)
            stored = model.cv_results_.reshape(len(x), -1, len(ALPHAS))
            kept = {"cvResults": stored.transpose(1, 2, 0).tolist()} if scoring in SCORINGS[:2] and not per_target else {}
            found.append({
                "scoring": scoring,
                "alphaPerTarget": per_target,
                "fitIntercept": options.get("fit_intercept", True),
                "alpha": np.broadcast_to(model.alpha_, stored.shape[1]).tolist(),
                "bestScore": np.broadcast_to(model.best_score_, stored.shape[1]).tolist(),
                "coef": np.atleast_2d(model.coef_).tolist(),
                "intercept": np.broadcast_to(model.intercept_, stored.shape[1]).tolist(),
                **kept,
            })
    return found


def weights_of(rng, n):
    """Ordinary, far apart, and whole numbers."""
    yield "ordinary", rng.uniform(0.5, 2, n)
    yield "far apart", 10 ** rng.uniform(-4, 4, n)
    yield "whole numbers", rng.integers(1, 5, n).astype(float)


def main():
    rng = np.random.default_rng(7)
    targets = []
    for n, p in [(16, 3), (6, 9)]:
        x, y = design(rng, n, p)
        found = [fit for intercept in [True, False] for fit in fits(x, y, None, fit_intercept=intercept)]
        targets.append({"x": x.T.tolist(), "y": y.T.tolist(), "fits": found})
    weights = []
    for n, p in [(16, 3), (6, 9)]:
        x, y = design(rng, n, p)
        for name, w in weights_of(rng, n):
            found = [fit for intercept in [True, False] for fit in fits(x, y[:, 1], w, fit_intercept=intercept)]
            weights.append({"name": name, "x": x.T.tolist(), "y": y[:, 1].tolist(), "weights": w.tolist(), "fits": found})
    # Without scoring a weight of 0 is an error of 0; with it scikit-learn divides 0 by 0.
    x, y = design(rng, 30, 4)
    w = rng.uniform(0.5, 2, 30)
    w[[0, 7, 29]] = 0
    model = RidgeCV(ALPHAS, store_cv_results=True).fit(x, y[:, 1], w)
    zero = {
        "x": x.T.tolist(), "y": y[:, 1].tolist(), "weights": w.tolist(), "alpha": model.alpha_,
        "bestScore": model.best_score_, "coef": model.coef_.tolist(), "intercept": model.intercept_,
        "cvResults": model.cv_results_.T.tolist(),
    }
    gaps = x.copy()
    gaps[rng.uniform(size=gaps.shape) < 0.2] = np.nan
    scalers = []
    for columns, weight in [(x, w), (gaps, w)]:
        whole = StandardScaler().fit(columns, sample_weight=weight)
        parts = StandardScaler()
        for rows in [slice(0, 11), slice(11, 30)]:
            parts.partial_fit(columns[rows], sample_weight=weight[rows])
        scalers.append({
            "x": [[None if np.isnan(v) else v for v in column] for column in columns.T.tolist()],
            "weights": weight.tolist(),
            **{name: {"nSamplesSeen": np.broadcast_to(s.n_samples_seen_, 4).tolist(), "mean": s.mean_.tolist(),
                      "var": s.var_.tolist(), "scale": s.scale_.tolist()} for name, s in [("fit", whole), ("parts", parts)]},
        })
    penalties = [0.5, 5.0, 50.0]
    x, y = design(rng, 20, 5)
    individual = {
        "x": x.T.tolist(), "y": y.T.tolist(), "alphas": penalties,
        "coef": Ridge(alpha=np.array(penalties), solver="svd").fit(x, y).coef_.tolist(),
    }
    # Weighed all the way, as over a table: the scaler, then alpha by leave-one-out or over folds, scored with weights too.
    x, y = design(rng, 43, 4)
    w = rng.uniform(0.1, 3, 43)
    w[[2, 19]] = 0
    scaled = StandardScaler().fit(x, sample_weight=w).transform(x)
    tables = {"x": x.T.tolist(), "y": y.T.tolist(), "weights": w.tolist(), "fits": []}
    for cv in [None, 3, 5]:
        # Leave-one-out scores divide 0 by 0 at a weight of 0 (see above): then only without scoring.
        for scoring in SCORINGS if cv else [None]:
            for columns in [slice(1, 2), slice(0, 3)] if cv != 3 else [slice(1, 2)]:
                model = RidgeCV(ALPHAS, cv=cv, scoring=scoring).fit(scaled, y[:, columns], w)
                tables["fits"].append({
                    "cv": cv, "scoring": scoring, "targets": list(range(3))[columns], "alpha": model.alpha_,
                    "bestScore": model.best_score_, "coef": model.coef_.tolist(), "intercept": model.intercept_.tolist(),
                    "r2": model.score(scaled, y[:, columns], w),
                })
    versions = {"scikit-learn": sklearn.__version__, "numpy": np.__version__}
    json.dump({"versions": versions, "alphas": ALPHAS, "targets": targets, "weights": weights, "zeroWeights": zero,
               "scalers": scalers, "individual": individual, "tables": tables}, sys.stdout)
    sys.stdout.write("\n")


main()
