"""What operators see: structured logs that name nobody, and metrics for Prometheus."""
