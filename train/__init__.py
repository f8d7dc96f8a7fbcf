"""Training of the statistical classifier: `python -m train`."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # set before numpy is loaded: sums in one order, whatever the machine has
