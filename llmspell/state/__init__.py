"""What scripts remember from run to run: values by scope and key, in one file that many processes share."""
