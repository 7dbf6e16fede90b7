//! The tree that PostgreSQL parses a statement into, which says what each name was taken for. PostgreSQL shows it in a notice
//! to the session (`debug_print_parse`), and writes it to the server's log as well: so it is asked for in doubt only.

use pgwright_sql::guard::Admitted;

use super::agreement::DECLARE;
use crate::errors::DatabaseError;
use crate::session::ReadSession;

const TITLE: &str = "parse tree:";

const SHOW_NO_MORE: &str = "set local debug_print_parse to default; set local debug_pretty_print to default; \
                            set local client_min_messages to default; set local application_name to default";

impl ReadSession {
    /// Has PostgreSQL parse a query as one that can't write. The tree, where it came, and how many parameters it has.
    pub(super) async fn parse_tree(&self, sql: &Admitted) -> Result<(Option<String>, usize), DatabaseError> {
        let listener = self.database().listen();
        let show = format!(
            "set local application_name = '{}'; set local client_min_messages = log; \
             set local debug_pretty_print = off; set local debug_print_parse = on",
            listener.name(),
        );
        self.lease
            .run("asking for a parse tree", |client| async move { client.batch_execute(&show).await })
            .await?;
        let declared = self.prepare(&format!("{DECLARE}{}", sql.sql())).await;
        let statement = declared.map_err(|error| error.after(DECLARE))?;
        self.lease.run("asking for a parse tree", |client| client.batch_execute(SHOW_NO_MORE)).await?;
        // What follows are the driver's own questions about types.
        let shown = listener.heard().into_iter().find(|notice| notice.message() == TITLE);
        let tree = shown.and_then(|notice| notice.detail().map(str::to_owned));
        Ok((tree.filter(|tree| tree.contains("{DECLARECURSORSTMT")), statement.params().len()))
    }
}
