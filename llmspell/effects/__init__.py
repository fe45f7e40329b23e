"""The one way to do something that a replay must not repeat: `perform`. Nothing else permits, meters or journals."""
