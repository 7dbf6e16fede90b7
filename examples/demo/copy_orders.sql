copy orders from stdin with (format csv)
