copy part from stdin with (format csv)
