copy nation from stdin with (format csv)
