copy supplier from stdin with (format csv)
