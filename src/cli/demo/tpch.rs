//! TPC-H data, generated here and copied into PostgreSQL, all tables at once.

use std::fmt::{Display, Write as _};

use anyhow::Context;
use futures_util::{SinkExt, future};
use tokio::sync::mpsc;
use tokio_postgres::{Client, Config, NoTls};
use tpchgen::csv::{
    CustomerCsv, LineItemCsv, NationCsv, OrderCsv, PartCsv, PartSuppCsv, RegionCsv, SupplierCsv,
};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

/// Rows are handed over in pieces of about this size.
const PIECE_BYTES: usize = 256 * 1024;
/// Pieces that may wait for a slower server.
const WAITING: usize = 8;

/// Makes the tables at this scale factor and analyses them.
pub(super) async fn load(database: &Config, scale: f64) -> anyhow::Result<()> {
    connect(database).await?.batch_execute(include_str!("../../../examples/demo/tpch.sql")).await?;
    macro_rules! table {
        ($name:literal, $generator:ident, $csv:ident) => {
            copy(
                database,
                include_str!(concat!("../../../examples/demo/copy_", $name, ".sql")),
                move |rows| {
                    for row in $generator::new(scale, 1, 1).iter() {
                        if !rows.push($csv::new(row)) {
                            break;
                        }
                    }
                },
            )
        };
    }
    future::try_join_all([
        Box::pin(table!("lineitem", LineItemGenerator, LineItemCsv)) as future::BoxFuture<'_, _>,
        Box::pin(table!("orders", OrderGenerator, OrderCsv)),
        Box::pin(table!("partsupp", PartSuppGenerator, PartSuppCsv)),
        Box::pin(table!("part", PartGenerator, PartCsv)),
        Box::pin(table!("customer", CustomerGenerator, CustomerCsv)),
        Box::pin(table!("supplier", SupplierGenerator, SupplierCsv)),
        Box::pin(table!("nation", NationGenerator, NationCsv)),
        Box::pin(table!("region", RegionGenerator, RegionCsv)),
    ])
    .await?;
    connect(database).await?.batch_execute(include_str!("../../../examples/demo/analyze.sql")).await?;
    Ok(())
}

/// A connection of the demo's own, as the person who owns the database.
pub(super) async fn connect(database: &Config) -> anyhow::Result<Client> {
    let (client, connection) =
        database.connect(NoTls).await.context("the private cluster does not answer")?;
    tokio::spawn(connection);
    Ok(client)
}

async fn copy(
    database: &Config,
    statement: &'static str,
    generate: impl FnOnce(&mut Rows) + Send + 'static,
) -> anyhow::Result<()> {
    let client = connect(database).await?;
    let (pieces, mut waiting) = mpsc::channel(WAITING);
    let generator = tokio::task::spawn_blocking(move || {
        let mut rows = Rows { text: String::with_capacity(PIECE_BYTES + 1024), pieces };
        generate(&mut rows);
        rows.flush();
    });
    let mut sink = Box::pin(client.copy_in::<_, bytes::Bytes>(statement).await?);
    while let Some(piece) = waiting.recv().await {
        sink.send(bytes::Bytes::from(piece)).await?;
    }
    sink.as_mut().finish().await?;
    Ok(generator.await?)
}

/// CSV rows on their way to the server.
struct Rows {
    text: String,
    pieces: mpsc::Sender<String>,
}

impl Rows {
    /// Adds a row; false when nobody takes rows any more.
    fn push(&mut self, row: impl Display) -> bool {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{row}");
        self.text.len() < PIECE_BYTES || self.flush()
    }

    fn flush(&mut self) -> bool {
        let piece = std::mem::replace(&mut self.text, String::with_capacity(PIECE_BYTES + 1024));
        self.pieces.blocking_send(piece).is_ok()
    }
}
