"""What the sandbox observes: log lines to emulated CloudWatch Logs, trace segments to emulated X-Ray."""
