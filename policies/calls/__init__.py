"""The governance policies: Cedar files beside the code that reads, guards and checks them."""
