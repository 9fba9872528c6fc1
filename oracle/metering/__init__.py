"""From samples to what a meter grew by, in pure integer arithmetic. docs/metering.md has the definitions.

gpu.py integrates one GPU; meters.py sums GPUs into leases and fleets; sla.py says what a window's close breaches.
"""
