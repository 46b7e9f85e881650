//! The arguments as clap reads them.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::finding::Severity;
use crate::report::{Format, GroupBy, Sort};
use crate::rules::peers;
use crate::settings::FailOn;

/// Lints directories of Kubernetes manifests as one system.
#[derive(Parser, Debug)]
#[command(name = "wplint", version, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Exit status: 0 nothing at or above --fail-on, 1 findings, 2 the job could not be done."
)]
pub(super) struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Files and directories; `-` reads standard input [default: the current directory]
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,

    /// Report format, to standard output or to a file; may be repeated: pretty, concise, json, sarif,
    /// github, gitlab, junit, markdown, html
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = parse_target)]
    pub format: Vec<Target>,

    /// Put the findings under headings, in the text formats: rule, file, object
    #[arg(long, value_name = "WHAT", value_parser = parse_group)]
    pub group_by: Option<GroupBy>,

    /// Order of the findings in the text formats: severity (errors last), path
    #[arg(long, value_name = "ORDER", value_parser = parse_sort)]
    pub sort: Option<Sort>,

    /// Count the findings of each rule: instead of the findings in the text formats, beside them in json
    #[arg(long)]
    pub statistics: bool,

    /// Only these rules or groups; `all` includes the opt-in rules
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub select: Option<Vec<String>>,

    /// Disable rules or groups
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub ignore: Option<Vec<String>>,

    /// Enable additional rules or groups
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub extend_select: Option<Vec<String>>,

    /// Lowest severity that makes the exit status 1 [default: warning]
    #[arg(long, value_name = "SEVERITY", value_parser = FailOn::parse)]
    pub fail_on: Option<FailOn>,

    /// Only show findings of at least this severity (does not change the exit status)
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity)]
    pub min_severity: Option<Severity>,

    /// Configuration file, instead of searching for .wplint.yaml
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,

    /// Do not read a configuration file
    #[arg(long)]
    pub no_config: bool,

    /// Print the settings that apply to a path, and where each comes from
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = ".")]
    pub show_config: Option<PathBuf>,

    /// Target version or range of the manifests, such as 1.33 or 1.24-1.33
    #[arg(long, value_name = "1.N[-1.M]")]
    pub kubernetes_version: Option<String>,

    /// Exclude paths; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Apply excludes to explicitly passed paths as well
    #[arg(long)]
    pub force_exclude: bool,

    /// Report only findings in this file or directory; everything is still looked at. May be repeated.
    /// Defaults to PATHS, in the context of the current directory
    #[arg(long, value_name = "PATH", num_args = 0..=1)]
    pub only: Option<Vec<PathBuf>>,

    /// Values of charts, in the place of those beside them; may be repeated, the last one counts most
    #[arg(long, value_name = "FILE")]
    pub values: Vec<PathBuf>,

    /// One value of charts, such as replicas=3; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Policies that judge the input, and rules of the team: a file or a directory; may be repeated
    #[arg(long, value_name = "PATH")]
    pub policies: Vec<PathBuf>,

    /// Exit successfully when no manifests are found
    #[arg(long)]
    pub allow_empty: bool,

    /// Hide the findings recorded in this file
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Apply safe fixes, and report what is left
    #[arg(long)]
    pub fix: bool,

    /// Also apply fixes that need a decision; with --fix or --diff
    #[arg(long)]
    pub unsafe_fixes: bool,

    /// Apply fixes and report nothing else
    #[arg(long)]
    pub fix_only: bool,

    /// Print a unified diff of the fixes without applying them
    #[arg(long, conflicts_with_all = ["fix", "fix_only"])]
    pub diff: bool,

    /// Write a mark that silences each finding at its place
    #[arg(
        long,
        value_name = "REASON",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with_all = ["fix", "fix_only", "diff", "write_baseline"]
    )]
    pub add_ignore: Option<String>,

    /// Record all findings in this file
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,

    /// Report only what is new since a revision; `main...` is where this branch left main, `none` reports all
    #[arg(long, value_name = "REV", conflicts_with = "write_baseline")]
    pub since: Option<String>,

    /// Stay, and lint again whenever a file changes; what is new comes first
    #[arg(long, conflicts_with_all = ["fix", "fix_only", "diff", "write_baseline", "since", "format", "show_config"])]
    pub watch: bool,

    /// File name to report for standard input
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<String>,

    /// When to use colors
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,

    /// Print neither summary nor notices
    #[arg(long, short)]
    pub quiet: bool,

    /// Show every finding in full, and what was resolved, not linted, and suppressed
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Print how long each stage took
    #[arg(long, hide_short_help = true)]
    pub timings: bool,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Print the page of a rule
    Explain {
        /// Name of the rule
        rule: String,
        /// Also print example manifests
        #[arg(long)]
        examples: bool,
    },
    /// List the rules
    Rules {
        /// Format of the list
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: RulesFormat,
        /// What the checks of another tool are called here: kube-linter, kube-score, polaris, checkov, trivy, cis, nsa
        #[arg(long, value_name = "TOOL", value_parser = parse_tool)]
        map: Option<&'static str>,
    },
    /// Show what is left after the loss of a node or a zone, during a drain and a rollout
    Survive(SurviveArgs),
    /// Draw what the manifests resolve to: who routes to, selects, reads or calls whom
    Graph(GraphArgs),
    /// Run the examples of the team's rules, and folders of tests of policies (kyverno-test.yaml)
    Test(TestArgs),
    /// Write a first .wplint.yaml for what is there
    Init {
        /// The directory [default: the current one]
        path: Option<PathBuf>,
    },
    /// Write a configuration from those of kube-linter, Polaris and checkov, and from annotations of kube-score
    Migrate(MigrateArgs),
    /// Print the JSON Schema of the configuration file
    Schema,
    /// Serve an editor: the language server, over standard input and output
    Server,
    /// Print the manual page
    #[command(hide = true)]
    Man,
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Arguments of `wplint migrate`.
#[derive(clap::Args, Debug)]
pub(super) struct MigrateArgs {
    /// The directory with the configuration files [default: the current directory]
    #[arg(value_name = "DIRECTORY")]
    pub path: Option<PathBuf>,

    /// Print the configuration instead of writing it
    #[arg(long)]
    pub stdout: bool,

    /// Replace a configuration that is there
    #[arg(long, conflicts_with = "stdout")]
    pub force: bool,
}

/// What the commands beside linting read.
#[derive(clap::Args, Debug)]
pub(super) struct InputArgs {
    /// Files and directories [default: the current directory]
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,

    /// Exclude paths; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Values of charts, in the place of those beside them; may be repeated, the last one counts most
    #[arg(long, value_name = "FILE")]
    pub values: Vec<PathBuf>,

    /// One value of charts, such as replicas=3; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Configuration file, instead of searching for .wplint.yaml
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,

    /// Do not read a configuration file
    #[arg(long)]
    pub no_config: bool,
}

/// Arguments of `wplint survive`.
#[derive(clap::Args, Debug)]
pub(super) struct SurviveArgs {
    /// Nodes of the cluster, as `kubectl get nodes -o yaml` prints them
    #[arg(long, value_name = "FILE")]
    pub cluster: Option<PathBuf>,

    /// Format of the table
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: SurviveFormat,

    /// Exit with 1 if an entry point does not survive these: node, two-nodes, zone, drain, rollout,
    /// drain-during-rollout
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub require: Vec<String>,

    /// What is read.
    #[command(flatten)]
    pub input: InputArgs,

    /// Also show what each entry point needs
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Arguments of `wplint test`.
#[derive(clap::Args, Debug)]
pub(super) struct TestArgs {
    /// Files and directories [default: the current directory]
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,

    /// Rules of the team in a file or a directory; may be repeated
    #[arg(long, value_name = "PATH")]
    pub policies: Vec<PathBuf>,

    /// Configuration file, instead of searching for .wplint.yaml
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,

    /// Do not read a configuration file
    #[arg(long)]
    pub no_config: bool,
}

/// Arguments of `wplint graph`.
#[derive(clap::Args, Debug)]
pub(super) struct GraphArgs {
    /// A page, text for Mermaid or Graphviz, or JSON
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    pub format: GraphFormat,

    /// What is read.
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    Html,
    Mermaid,
    Dot,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SurviveFormat {
    Text,
    Json,
    Markdown,
    Html,
    Mermaid,
    Dot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RulesFormat {
    Text,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// A report and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub format: Format,
    pub file: Option<PathBuf>,
}

pub(super) fn parse_target(text: &str) -> Result<Target, String> {
    let (name, file) = match text.split_once('=') {
        Some((_, "")) => return Err("a file name is missing after `=`".to_owned()),
        Some((name, file)) => (name, Some(PathBuf::from(file))),
        None => (text, None),
    };
    let format = Format::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
    let names = || Format::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let format = format.ok_or_else(|| format!("the formats are {}", names()))?;
    Ok(Target { format, file })
}

fn parse_tool(text: &str) -> Result<&'static str, String> {
    let tools = peers::tools();
    let found = tools.iter().find(|tool| **tool == text).copied();
    found.ok_or_else(|| format!("the tools are {}", tools.join(", ")))
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    match text {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        "info" => Ok(Severity::Info),
        _ => Err("the severities are error, warning, info".to_owned()),
    }
}

fn parse_group(text: &str) -> Result<GroupBy, String> {
    match text {
        "rule" => Ok(GroupBy::Rule),
        "file" => Ok(GroupBy::File),
        "object" => Ok(GroupBy::Object),
        _ => Err("findings are grouped by rule, file, object".to_owned()),
    }
}

fn parse_sort(text: &str) -> Result<Sort, String> {
    match text {
        "severity" => Ok(Sort::Severity),
        "path" => Ok(Sort::Path),
        _ => Err("the orders are severity, path".to_owned()),
    }
}
