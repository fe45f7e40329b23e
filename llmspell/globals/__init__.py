"""What scripts see: one module per global. The table is `GLOBALS`."""
