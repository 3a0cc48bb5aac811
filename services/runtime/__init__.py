"""What every service shares: settings, correlation, logs, metrics, traces, signatures, and how a process
lives and stops.
"""
