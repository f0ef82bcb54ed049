//! Pure: rows of comma-separated values (RFC 4180) that no spreadsheet takes for formulas.

/// What spreadsheets begin a formula with, the full-width forms of East Asian keyboards among it.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// What a file begins with, so that spreadsheets read it as UTF-8.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// One row with its line break. Every field is quoted; one that would be a formula begins with an apostrophe, which
/// spreadsheets show as text.
pub fn row<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = fields.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(field: &str) -> String {
    let is_formula = field.trim_start().starts_with(FORMULA) || field.starts_with(char::is_control);
    let defused = if is_formula { "'" } else { "" };
    format!("\"{defused}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted() {
        assert_eq!(row(["a", "b \"c\"", "d,e", "f\ng", ""]), "\"a\",\"b \"\"c\"\"\",\"d,e\",\"f\ng\",\"\"\r\n");
    }

    #[test]
    fn nothing_is_a_formula() {
        for hostile in [
            "=1+1",
            "+43 660",
            "-2",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "  =1",
            "\u{a0}=1",
            "＝1",
            "＋1",
            "－1",
            "＠1",
            "=HYPERLINK(\"https://evil.example\")",
        ] {
            let row = row([hostile]);
            assert!(row.starts_with("\"'"), "{row}");
        }
        for harmless in ["Firefox on Windows", "1=1", "a@b.example", "—", "厨房"] {
            assert_eq!(row([harmless]), format!("\"{harmless}\"\r\n"));
        }
    }
}
