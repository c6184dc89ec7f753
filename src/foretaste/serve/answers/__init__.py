"""From somebody's ratings to a list: scored in batches, filtered, leaned, explained, put in words."""
