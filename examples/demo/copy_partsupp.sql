copy partsupp from stdin with (format csv)
