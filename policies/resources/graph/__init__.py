"""The resource graph of one Pulumi stack as values, and what reads it from Pulumi's own documents."""
