copy customer from stdin with (format csv)
