-- What the partner's file is loaded into. Nothing here forbids the defects that the quality check is to find.
create table partner_orders (
    order_id    int8 not null,
    customer_id int8 not null,
    amount      numeric(10, 2) not null,
    ordered_on  date not null,
    email       text,
    status      text not null
);
