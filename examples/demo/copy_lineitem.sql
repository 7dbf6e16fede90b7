copy lineitem from stdin with (format csv)
