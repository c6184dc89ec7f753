"""What every test runs under."""

import os

# Before torch and numba load: two test processes whose OpenMP teams spin against each other would crawl.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
