select count(*) from partner_orders
