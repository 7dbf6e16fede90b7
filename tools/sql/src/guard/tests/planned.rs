//! What may be planned but not run.

use crate::RelationName;
use crate::guard::{StatementKind, admit, admit_to_plan};

#[test]
fn changes_of_rows_may_be_planned_and_not_run() {
    for sql in [
        "insert into t (a) select b from u",
        "insert into t values (1) on conflict (a) do update set b = excluded.b returning *",
        "update t set a = 1 where b = 2",
        "update t set (a, b) = (select 1, 2) from u where t.id = u.id",
        "delete from t using u where t.id = u.id",
        "merge into t using u on t.id = u.id when matched then update set a = u.a when not matched then insert values (1)",
        "with gone as (delete from t returning *) select * from gone",
        "with t as (select 1) update t set a = 1",
        "select * from t for update",
    ] {
        let planned = admit_to_plan(sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal}"));
        assert_eq!((planned.kind(), planned.is_read_only()), (StatementKind::Change, false), "{sql}");
        let named = |relations: &[RelationName]| relations.iter().any(|relation| relation.name == "t");
        assert!(named(planned.relations()), "{sql}");
        assert!(named(planned.targets()) || sql.ends_with("for update"), "{sql}");
        // Also when the text is remembered from the plan.
        admit(sql).unwrap_err();
    }
}

#[test]
fn what_only_reads_stays_what_it_is() {
    for sql in ["select 1", "values (1)", "show work_mem", "explain select 1"] {
        let planned = admit_to_plan(sql).unwrap();
        assert_eq!(planned, admit(sql).unwrap());
        assert!(planned.is_read_only());
    }
}

#[test]
fn planning_opens_no_other_door() {
    for (sql, rule) in [
        ("explain analyze update t set a = 1", "data_modifying_cte"),
        ("explain update t set a = 1", "data_modifying_cte"),
        ("create table t as select 1", "not_read_only"),
        ("truncate t", "not_read_only"),
        ("select * into u from t", "select_into"),
        ("update t set a = pg_read_file('x')", "function"),
        ("delete from t where exists (select from pg_authid)", "relation"),
        ("insert into t select nextval('s')", "function"),
        ("update t set a = 1; select 1", "several_statements"),
        ("prepare p as update t set a = 1", "statement_kind"),
        ("declare c cursor for select 1", "statement_kind"),
    ] {
        assert_eq!(admit_to_plan(sql).expect_err(sql).rule, rule, "{sql}");
    }
}
