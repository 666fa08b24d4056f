"""Makes sklearn-housing.json: California housing through scikit-learn 1.9.1, for test/core and test/pipelines.

    python test/reference/sklearn-housing.py FOLDER > test/reference/sklearn-housing.json

FOLDER holds cal_housing.tgz under its download's name (design: data sources). One thread, so that sums have one order.
"""

import hashlib
import json
import os
import sys
import tarfile
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import sklearn
from sklearn.linear_model import RidgeCV
from sklearn.metrics import max_error, mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.preprocessing import StandardScaler

NAMES = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"]


def frame(folder):
    """As fetch_california_housing does it."""
    path = os.path.join(folder, "cal_housing.tgz")
    with tarfile.open(path) as archive:
        data = np.loadtxt(archive.extractfile("CaliforniaHousing/cal_housing.data"), delimiter=",")
    data = data[:, [8, 7, 2, 3, 4, 5, 6, 1, 0]]
    y, x = data[:, 0] / 100000.0, data[:, 1:]
    x[:, 2] /= x[:, 5]
    x[:, 3] /= x[:, 5]
    x[:, 5] = x[:, 4] / x[:, 5]
    return x, y


def main(folder):
    x, y = frame(folder)
    scaler = StandardScaler().fit(x)
    z = scaler.transform(x)
    alphas = np.logspace(-3, 1, 30)
    model = RidgeCV(alphas=alphas, store_cv_results=True).fit(z, y)
    preds = model.predict(z)
    json.dump(
        {
            "made with": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
            "frameSha256": hashlib.sha256(np.column_stack([x, y]).astype("<f8").tobytes()).hexdigest(),
            "features": NAMES,
            "n": len(y),
            "mean": scaler.mean_.tolist(),
            "var": scaler.var_.tolist(),
            "scale": scaler.scale_.tolist(),
            "alphas": alphas.tolist(),
            "mse": model.cv_results_.mean(axis=0).tolist(),
            "alphaIndex": int(np.flatnonzero(alphas == model.alpha_)[0]),
            "bestScore": float(model.best_score_),
            "coef": model.coef_.tolist(),
            "intercept": float(model.intercept_),
            "r2": r2_score(y, preds),
            "rmse": root_mean_squared_error(y, preds),
            "mae": mean_absolute_error(y, preds),
            "maxError": max_error(y, preds),
            "predsEvery100": preds[::100].tolist(),
            "predsSum": float(np.sum(preds)),
            "predsSumOfSquares": float(np.sum(preds * preds)),
        },
        sys.stdout,
        indent=1,
    )
    sys.stdout.write("\n")


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(sys.argv[1])
