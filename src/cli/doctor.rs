//! `pgwright doctor`: what the configured role could do that it should not. Exit 0: nothing grave; 1: something grave;
//! 2: no connection.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use pgwright_contract::{Page, ToolError};
use pgwright_postgres::doctor::{self, Finding, Report, Service};
use pgwright_postgres::{Databases, Scope};

use super::Format;
use crate::config::Config;

const GRAVE: u8 = 1;
const NOT_CONNECTED: u8 = 2;
/// Longest name that is shown.
const SHOWN: usize = 300;
/// Statements that are shown of a finding; JSON has more of them.
const STATEMENTS: usize = 5;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The database's name in the configuration; by default the default one.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// text: for people; json: for scripts.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(crate) async fn run(config: Config, options: Options) -> anyhow::Result<ExitCode> {
    let databases = config.databases();
    let examined = examine(&databases, options.database.as_deref()).await;
    databases.close(Duration::from_secs(5)).await;
    let (text, code) = match (examined, options.format) {
        (Ok(report), format) => {
            let code = if report.is_grave() { ExitCode::from(GRAVE) } else { ExitCode::SUCCESS };
            let text = match format {
                Format::Text => render(&report),
                Format::Json => serde_json::to_string_pretty(&report)?,
            };
            (text, code)
        }
        (Err(error), Format::Text) => (error.render(), ExitCode::from(NOT_CONNECTED)),
        (Err(error), Format::Json) => (serde_json::to_string_pretty(&error)?, ExitCode::from(NOT_CONNECTED)),
    };
    writeln!(std::io::stdout(), "{}", text.trim_end())?;
    Ok(code)
}

async fn examine(databases: &Databases, name: Option<&str>) -> Result<Report, ToolError> {
    Ok(doctor::examine(databases.get(name)?, &Scope::default()).await?)
}

fn render(report: &Report) -> String {
    let mut text = format!(
        "{} ({}): role {} on PostgreSQL {}\n",
        report.database,
        report.environment,
        Page::data(&report.role, SHOWN),
        report.server_version
    );
    text.push_str(match report.service {
        Service::Served => "pgwright serves it.\n",
        Service::ServedWithWarning => "pgwright serves it, with a warning in its log.\n",
        Service::Refused => {
            "pgwright refuses to serve it with this role, unless allow_privileged_role says otherwise.\n"
        }
    });
    if report.findings.is_empty() {
        text.push_str("Nothing was found that it could do and should not.\n");
    }
    for finding in &report.findings {
        one(finding, &mut text);
    }
    text
}

fn one(finding: &Finding, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n{} {}: {}", finding.severity.as_str(), finding.id, finding.what);
    for evidence in &finding.evidence {
        let _ = writeln!(text, "  {}", Page::data(evidence, SHOWN));
    }
    if finding.evidence_omitted > 0 {
        let _ = writeln!(text, "  … and {} more", finding.evidence_omitted);
    }
    let _ = writeln!(text, "  mend: {}", finding.advice);
    for statement in finding.fix_sql.iter().take(STATEMENTS) {
        let _ = writeln!(text, "    {}", Page::data(statement, SHOWN));
    }
    if finding.fix_sql.len() > STATEMENTS {
        let _ = writeln!(text, "    … (--format json has more)");
    }
}
