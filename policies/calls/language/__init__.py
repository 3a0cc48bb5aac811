"""Reads Cedar text and case files, and checks them. Every limit is checked before Cedar parses anything."""
