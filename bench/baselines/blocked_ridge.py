"""The expert baseline: Ridgeline's own algorithm as cache-blocked numpy on OpenBLAS.

Scaler, exact leave-one-out sweep over all alphas and predictions in three reads of X, each block of rows worked on while
it is in the cache. This is what a specialist would write by hand in Python, not what a library offers.
"""

import numpy as np

# Rows of a block times the doubles held per row (x, z, z * z and two rows of length alphas): about 1.5 MB; best of 128 kB to 2 MB at p = 8, 64 and 256.
BLOCK_DOUBLES = 196_608


def block_rows(p, r):
    return max(64, BLOCK_DOUBLES // (3 * p + 2 * r))


def fit_predict(x, y, alphas):
    """x: f64[n, p] row-major; y: f64[n]; alphas: f64[r].

    Returns (alpha, mse, preds): the chosen alpha, mean squared leave-one-out error per alpha, f64[n] predictions of the
    model on the standardised columns.
    """
    n, p = x.shape
    r = len(alphas)
    size = block_rows(p, r)
    blocks = [slice(i, min(i + size, n)) for i in range(0, n, size)]

    # Pass 1: Gram of [x y], shifted by one row so that large means lose no digits.
    shift = x[0].copy()
    y_shift = y[0]
    gram = np.zeros((p, p))
    xty = np.zeros(p)
    sums = np.zeros(p)
    y_sum = 0.0
    for rows in blocks:
        xb = x[rows] - shift
        yb = y[rows] - y_shift
        gram += xb.T @ xb
        xty += xb.T @ yb
        sums += xb.sum(axis=0)
        y_sum += yb.sum()
    d = sums / n
    y_d = y_sum / n
    gram -= n * np.outer(d, d)
    xty -= n * d * y_d
    mean = shift + d
    y_mean = y_shift + y_d
    scale = np.sqrt(np.diag(gram) / n)
    scale[scale == 0.0] = 1.0

    # Decompose once, on the standardised columns.
    s2, v = np.linalg.eigh(gram / np.outer(scale, scale))
    s2 = np.maximum(s2, 0.0)
    to_z = v / scale[:, None]
    g = v.T @ (xty / scale)
    shrink = 1.0 / (s2[:, None] + alphas)  # [p, r]
    weights = g[:, None] * shrink

    # Pass 2: leave-one-out residuals of every alpha, two matrix products a block.
    sse = np.zeros(r)
    for rows in blocks:
        z = (x[rows] - mean) @ to_z
        residual = (y[rows] - y_mean)[:, None] - z @ weights
        np.multiply(z, z, out=z)
        leverage = z @ shrink
        np.subtract(1.0 - 1.0 / n, leverage, out=leverage)
        residual /= leverage
        sse += np.einsum("ij,ij->j", residual, residual)
    mse = sse / n
    best = int(np.argmin(mse))

    # Pass 3: predictions, the scale folded into the coefficients.
    coef = to_z @ weights[:, best]
    preds = np.empty(n)
    for rows in blocks:
        preds[rows] = x[rows] @ coef
    preds += y_mean - mean @ coef
    return float(alphas[best]), mse, preds
