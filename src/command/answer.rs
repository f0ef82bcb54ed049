//! What a command says when it is done: the same for people and for programs.

use serde_json::Value;

/// The answer of a command.
#[derive(Debug)]
pub struct Answer {
    text: String,
    json: Value,
}

impl Answer {
    /// `text` for people, `json` for programs.
    pub fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json }
    }

    /// Nothing to say: the server, which has had its say in the log.
    pub fn silent() -> Self {
        Self::new("", Value::Null)
    }

    /// What goes to standard output, with its line break at the end; none where there is nothing to say.
    pub fn render(&self, json: bool) -> Option<String> {
        if self.json.is_null() {
            return None;
        }
        let text = if json { self.json.to_string() } else { self.text.trim_end().to_owned() };
        Some(format!("{text}\n"))
    }
}

/// `name  value` lines, the values one below the other; names without a value are left out.
pub fn facts(rows: &[(&str, String)]) -> String {
    let shown: Vec<_> = rows.iter().filter(|(_, value)| !value.is_empty()).collect();
    let widest = shown.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    shown.iter().map(|(name, value)| format!("{}  {value}\n", padded(name, widest))).collect()
}

/// A table with a line of titles; a title alone where there are no rows would say nothing, so then it is `empty`.
pub fn table(titles: &[&str], rows: &[Vec<String>], empty: &str) -> String {
    if rows.is_empty() {
        return empty.to_owned();
    }
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&titles).chain(rows).collect();
    let cell = |line: &Vec<String>, column: usize| line.get(column).cloned().unwrap_or_default();
    let widths: Vec<usize> = (0..titles.len())
        .map(|column| lines.iter().map(|line| width(&cell(line, column))).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in lines {
        let cells = widths.iter().enumerate().map(|(column, widest)| padded(&cell(line, column), *widest));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Columns in a terminal: letters of East Asian scripts take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = vec![vec!["云盘".to_owned(), "a".to_owned()], vec!["Notes".to_owned(), "b".to_owned()]];
        assert_eq!(table(&["NAME", "ID"], &rows, "none"), "NAME   ID\n云盘   a\nNotes  b\n");
        assert_eq!(table(&["NAME"], &[], "none"), "none");
        assert_eq!(facts(&[("a", "1".into()), ("gone", String::new()), ("long", "2".into())]), "a     1\nlong  2\n");
    }

    #[test]
    fn programs_get_one_value() {
        let answer = Answer::new("two\nlines\n", serde_json::json!({"a": 1}));
        assert_eq!(answer.render(true).unwrap(), "{\"a\":1}\n");
        assert_eq!(answer.render(false).unwrap(), "two\nlines\n");
        assert!(Answer::silent().render(true).is_none());
    }
}
