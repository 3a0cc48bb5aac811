"""The service mesh behind one interface."""
