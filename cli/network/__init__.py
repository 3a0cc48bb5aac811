"""The network of an environment, as it is planned and as it is deployed."""
