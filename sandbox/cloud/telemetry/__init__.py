"""Ships log lines to the emulated CloudWatch Logs and trace segments to the emulated X-Ray."""
