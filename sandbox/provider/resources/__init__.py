"""The mappings of resource types, one file for each area of AWS."""
