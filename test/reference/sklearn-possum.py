"""Makes sklearn-possum.json: possum tail lengths through pandas 3.1.1 and scikit-learn 1.9.1, for test/core.

    python test/reference/sklearn-possum.py FOLDER > test/reference/sklearn-possum.json

FOLDER holds possum.csv. Needs scikit-learn==1.9.1 numpy==2.4.6 pandas==3.1.1. One thread, so that sums have one order.
"""

import json
import os
import sys

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import pandas as pd
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler

TARGET = "taill"
CATEGORICAL = ["site", "Pop", "sex"]
ALPHAS = np.logspace(-3, 1, 30)


def fit(x, y):
    model = RidgeCV(alphas=ALPHAS, store_cv_results=True).fit(x, y)
    return {
        "n": len(y),
        "alpha": float(model.alpha_),
        "mse": model.cv_results_.mean(axis=0).tolist(),
        "bestScore": float(model.best_score_),
        "coef": model.coef_.tolist(),
        "intercept": float(model.intercept_),
        "preds": model.predict(x).tolist(),
    }


def main(folder):
    raw = pd.read_csv(os.path.join(folder, "possum.csv"))
    x = pd.get_dummies(raw.drop(columns=["case", TARGET]), columns=CATEGORICAL, dtype=float)
    y = raw[TARGET]
    # The scaler ignores missing values and keeps them; rows that have one are dropped before training.
    scaler = StandardScaler().fit(x)
    z = scaler.transform(x)
    complete = ~np.isnan(z).any(axis=1)
    result = {
        "made with": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, pandas {pd.__version__}",
        "features": list(x.columns),
        "scalerMean": scaler.mean_.tolist(),
        "scalerScale": scaler.scale_.tolist(),
        "complete": fit(z[complete], y[complete]),
    }
    for strategy in ("mean", "median"):
        imputer = SimpleImputer(strategy=strategy).fit(x)
        filled = imputer.transform(x)
        result[strategy] = {
            "fill": imputer.statistics_.tolist(),
            **fit(StandardScaler().fit_transform(filled), y),
        }
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
