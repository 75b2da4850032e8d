"""Processes beside the hub: topic in, topic out. The hub never imports them."""
