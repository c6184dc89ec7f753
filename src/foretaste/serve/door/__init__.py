"""Who and what is let in: keys, hosts, origins, bounds and rates, and the headers of every answer."""
