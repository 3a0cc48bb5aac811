"""A Pulumi-AWS resource graph said as a Terraform plan."""
