"""Digits in scikit-learn: 64-128-10, batches of 32. Arguments: ROWS.npz EPOCHS SEED. Prints the accuracy."""

import sys
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")  # the warning that the training has not converged
rows, epochs, seed = np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
X, y = load_digits(return_X_y=True)
X = X.astype(np.float32)
scaler = StandardScaler().fit(X[rows["training"]])
model = MLPClassifier(
    hidden_layer_sizes=(128,), batch_size=32, alpha=0.0, max_iter=epochs, tol=0.0, n_iter_no_change=epochs + 1,
    random_state=seed,
)  # fmt: skip
model.fit(scaler.transform(X[rows["training"]]), y[rows["training"]])
accuracy = model.score(scaler.transform(X[rows["validation"]]), y[rows["validation"]])
print(f"epochs {model.n_iter_}, accuracy {accuracy:.4f}")
