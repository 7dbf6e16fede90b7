//! Every tool, one line each. MCP, the command line, the schema snapshots and the README's table are views of this.

use std::sync::Arc;

use pgwright_contract::ErasedTool;
use pgwright_explain::ExplainQuery;
use pgwright_index::SuggestIndex;
use pgwright_pipeline::{Pipelines, TriggerPipeline};
use pgwright_quality::{RunQualityCheck, SuggestQualityChecks};
use pgwright_query::{DescribeSchema, RunQuery};
use pgwright_shadow::{Shadows, SimulateChange};
use pgwright_stats::{TableStats, TopQueries};

use crate::config::Folders;

/// All tools there are, in the order they are listed.
pub(crate) struct Registry {
    tools: Vec<Box<dyn ErasedTool>>,
}

/// Where tools keep what they learn.
#[derive(Default)]
pub(crate) struct Histories {
    /// Of explained plans.
    pub(crate) plans: Option<pgwright_explain::History>,
    /// Of figures that checks measured.
    pub(crate) figures: Option<pgwright_quality::History>,
}

impl Registry {
    /// Makes every tool.
    pub(crate) fn new(folders: &Folders) -> Self {
        Self::keeping(Histories::default(), folders)
    }

    /// The same, with what tools keep.
    pub(crate) fn keeping(histories: Histories, folders: &Folders) -> Self {
        let pipelines = Pipelines { directory: folders.pipelines.clone(), roots: folders.files.clone() };
        // Known to fail nowhere that pgwright runs; without it there is no shadow, and that tool alone says so.
        let shadows = Arc::new(Shadows::new(std::env::current_exe().unwrap_or_default()));
        Self::of(vec![
            Box::new(ExplainQuery::new(histories.plans)),
            Box::new(SuggestIndex::new(Arc::clone(&shadows), folders.files.clone())),
            Box::new(SimulateChange::new(shadows)),
            Box::new(RunQualityCheck::new(folders.files.clone()).keeping(histories.figures)),
            Box::new(SuggestQualityChecks),
            Box::new(TriggerPipeline::new(pipelines)),
            Box::new(DescribeSchema),
            Box::new(RunQuery),
            Box::new(TableStats),
            Box::new(TopQueries),
        ])
    }

    /// A registry of these tools.
    pub(crate) fn of(tools: Vec<Box<dyn ErasedTool>>) -> Self {
        Self { tools }
    }

    /// The tools, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &dyn ErasedTool> {
        self.tools.iter().map(AsRef::as_ref)
    }

    /// The tool of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&dyn ErasedTool> {
        self.iter().find(|tool| tool.name() == name)
    }
}
