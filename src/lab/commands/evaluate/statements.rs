//! Counts how often the texts of real files say something of themselves.

use std::path::PathBuf;

use serde_json::Value;

use crate::cli::{CliError, print};
use crate::formats::{self, Format, Options, each_row};
use crate::lab::evaluate::statements::Statements;
use crate::proto::v1::event::Payload;

/// Options of `evaluate statements`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files with texts, plain or gzip.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Format of the files; without it they are tables with a header.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The column with the text.
    #[arg(long, default_value = "text", conflicts_with = "format")]
    column: String,
    /// A column by whose values texts are also counted apart.
    #[arg(long, conflicts_with = "format")]
    by: Option<String>,
    /// Also print so many texts of each file that say something.
    #[arg(long, default_value_t = 0)]
    show: u32,
    /// Also write the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
}

/// Counts, prints the figures and returns them.
pub(super) fn run(arguments: &Arguments) -> Result<Value, CliError> {
    let mut counted = Statements::default();
    match arguments.format {
        Some(format) => read_reviews(format, arguments, &mut counted)?,
        None => read_tables(arguments, &mut counted)?,
    }
    for (group, said) in counted.groups() {
        print(&format!("{group}: {} texts\n", said.texts))?;
        for (statement, count) in &said.found {
            let percent = 100.0 * *count as f64 / said.texts as f64;
            print(&format!("  {statement:<38} {count:>6} {percent:>7.3} %\n"))?;
        }
    }
    Ok(serde_json::to_value(counted.groups())?)
}

fn read_tables(arguments: &Arguments, counted: &mut Statements) -> Result<(), CliError> {
    let by = arguments.by.as_deref();
    let columns: Vec<&str> = [Some(arguments.column.as_str()), by]
        .into_iter()
        .flatten()
        .collect();
    for path in &arguments.paths {
        let mut shown = Shown::new(arguments.show);
        each_row(path, &columns, |_, row| {
            let text = row.get(&arguments.column);
            let said = counted.count(by.map_or("", |by| row.get(by)), text);
            shown.note(&said, text);
            Ok(())
        })?;
        shown.print()?;
    }
    Ok(())
}

fn read_reviews(
    format: Format,
    arguments: &Arguments,
    counted: &mut Statements,
) -> Result<(), CliError> {
    let mut shown = Shown::new(arguments.show);
    for event in formats::read(format, &arguments.paths, &Options::default())? {
        // Lines that are no records are counted by `import`.
        let Ok(event) = event else { continue };
        if let Some(Payload::Review(review)) = event.payload {
            let text = format!("{}\n{}", review.title, review.body);
            shown.note(&counted.count("", &text), &text);
        }
    }
    shown.print()
}

/// Texts that say something.
struct Shown {
    most: usize,
    lines: Vec<String>,
}

impl Shown {
    fn new(most: u32) -> Self {
        Self {
            most: most as usize,
            lines: Vec::new(),
        }
    }

    fn note(&mut self, said: &[&'static str], text: &str) {
        if !said.is_empty() && self.lines.len() < self.most {
            let text: String = text.chars().take(300).collect();
            self.lines.push(format!(
                "{}: {}\n",
                said.join(", "),
                text.replace('\n', " ")
            ));
        }
    }

    fn print(&self) -> Result<(), CliError> {
        self.lines.iter().try_for_each(|line| print(line))
    }
}
