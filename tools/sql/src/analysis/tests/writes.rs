//! Writes find their rows as queries do.

use expect_test::expect;

use super::{read, shown::show};

#[test]
fn an_update_reads_by_its_condition() {
    expect![[r#"
        0 orders as o depth 0 update status, total
            join customer_id = 1:customers.id
            reads customer_id id total
        1 customers as c depth 0
            where email = $1
            join id = 0:orders.customer_id
            reads email id
    "#]].assert_eq(&show(&read("update orders o set status = 'paid', total = total + 1 from customers c where c.id = o.customer_id and c.email = $1 returning o.id")));
}

#[test]
fn a_delete_reads_by_its_condition() {
    expect![[r#"
        0 items depth 0 delete
            join order_id = 1:orders.id
            reads order_id
        1 orders depth 0
            where created_at < $1
            join id = 0:items.order_id
            reads created_at id
    "#]]
    .assert_eq(&show(&read(
        "delete from items using orders where orders.id = items.order_id and created_at < $1",
    )));
}

#[test]
fn an_insert_reads_its_source() {
    expect![[r#"
        0 items depth 0 insert
            reads attributes order_id product_id quantity tags *
        1 orders depth 0
            where status = 'new'
            reads id status
    "#]]
    .assert_eq(&show(&read(
        "insert into items (order_id) select id from orders where status = 'new' returning *",
    )));
}
