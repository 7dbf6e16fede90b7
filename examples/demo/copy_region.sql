copy region from stdin with (format csv)
