//! QR codes (ISO/IEC 18004), drawn here: nobody else is told what they hold.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Light modules around the code that scanners need (ISO/IEC 18004 §6.3.8).
const MARGIN: usize = 4;

/// A code: rows of modules, `true` where one is dark, with the margin.
#[derive(Clone)]
pub struct Grid(Vec<Vec<bool>>);

impl std::fmt::Debug for Grid {
    /// Some hold a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Grid")
    }
}

impl Grid {
    /// Encodes an address, or anything that is written like one. `None` where it is longer than any code.
    pub fn of(address: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
        let width = code.width();
        let light = |modules| std::iter::repeat_n(false, modules);
        let empty = || light(width + 2 * MARGIN).collect::<Vec<_>>();
        let colors = code.to_colors();
        let inside = colors.chunks(width).map(|row| {
            let dark = row.iter().map(|module| *module == Color::Dark);
            light(MARGIN).chain(dark).chain(light(MARGIN)).collect()
        });
        let margin = || std::iter::repeat_with(empty).take(MARGIN);
        Some(Self(margin().chain(inside).chain(margin()).collect()))
    }

    /// How many modules it is wide and high, the margin included.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The dark modules as the outline of an SVG path, in units of one module.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for (y, row) in self.0.iter().enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run.first() == Some(&true) {
                    let _ = write!(path, "M{x} {y}h{}v1H{x}z", run.len());
                }
                x += run.len();
            }
        }
        path
    }

    /// As an SVG: always dark on light, whatever the theme, since many scanners read nothing else.
    pub fn svg(&self) -> String {
        let (size, path) = (self.size(), self.path());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
             <rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path d=\"{path}\"/></svg>"
        )
    }

    /// As text, two rows in one line: what is light is drawn.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for pair in self.0.chunks(2) {
            let (upper, lower) = (pair.first(), pair.get(1));
            for (x, above) in upper.into_iter().flatten().enumerate() {
                let below = lower.and_then(|row| row.get(x)).copied().unwrap_or(true);
                text.push(match (above, below) {
                    (false, false) => '█',
                    (false, true) => '▀',
                    (true, false) => '▄',
                    (true, true) => ' ',
                });
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_and_the_text_have_the_same_modules() {
        let grid = Grid::of("https://account.lantern.example/device?user_code=BCDF-GHJK").unwrap();
        let size = grid.0.len();
        // The three corners by which scanners find it, dark and then light, behind the margin.
        for (y, x) in [(MARGIN, MARGIN), (MARGIN, size - MARGIN - 7), (size - MARGIN - 7, MARGIN)] {
            assert!(grid.0[y][x..x + 7].iter().all(|dark| *dark) && !grid.0[y + 1][x + 1]);
        }
        assert!(grid.0[..MARGIN].iter().flatten().all(|dark| !dark));
        let dark = grid.0.iter().flatten().filter(|dark| **dark).count();
        let drawn: usize =
            grid.svg().split("h").skip(1).filter_map(|run| run.split_once("v1H")?.0.parse::<usize>().ok()).sum();
        assert_eq!(drawn, dark);
        let text = grid.text();
        let light = |c| match c {
            '█' => 2,
            '▀' | '▄' => 1,
            _ => 0,
        };
        assert_eq!(text.chars().map(light).sum::<usize>(), size * size - dark);
        assert!(text.lines().all(|line| line.chars().count() == size));
        assert!(Grid::of(&"x".repeat(3000)).is_none());
    }
}
