"""The quick subset: regular expressions for ``asv --bench``, which searches in ``module.Class.method('a', 'b')``."""

QUICK = (
    r"^activations\..*'float32'\)",
    r"^losses\..*'float32'\)",
    r"^initializers\.",
    r"^optimizers\..*'535,040'\)",
    r"^matmul\..*\('(64x128x10|128x784x128|256x512x512) .*'float32'",
    r"^training\.Epoch\..*\('(13-32-1|64-128-10|784-128-10), .*'fastnn'\)",
    r"^training\.Accuracy\.",
    r"^inference\..*\('(64|784)-128-10, .*'fastnn'\)",
    r"^startup\.",
    r"^memory\.",
    r"^data\.",
    r"^plugins\.",
    r"^cuda\..*\('(784-128-10, 128|softmax|gelu|cross_entropy|adam)'",
)

# what bench-compare accuses: CPU times of one thread in one process; no peers, which do not change
GATED = tuple(f"^(?!cuda|.*'numpy')(?=[^(]*\\.time_){pattern.removeprefix('^')}" for pattern in QUICK)
GATED_ALL = (r"^(?!.*'(numpy|pytorch|jax|scikit-learn)')(?!cuda|training\.TwoThreads)[^(]*\.time_",)
