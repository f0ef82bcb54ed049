//! Writes every page, with invented people and apps, to a folder, together with the files of `static/`: the pages the
//! look is checked on. `cargo run --example gallery -- FOLDER`

mod samples;

use std::{env, error::Error, fs, path::Path};

use keyhouse::{
    language::Language,
    web::{assets, qr::Grid},
};

const LOGOS: [(&str, &str); 5] = [
    ("notes.svg", include_str!("logos/notes.svg")),
    ("cloud.svg", include_str!("logos/cloud.svg")),
    ("commons.svg", include_str!("logos/commons.svg")),
    ("brightfold.svg", include_str!("logos/brightfold.svg")),
    ("face.svg", include_str!("logos/face.svg")),
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("name the folder to write to")?;
    let folder = Path::new(&folder);
    for language in Language::ALL {
        for (name, html) in samples::pages(language)? {
            write(&folder.join(language.tag()).join(format!("{name}.html")), html.as_bytes())?;
            if language == Language::English {
                // The layout right to left, in the words there are.
                let mirrored = html.replacen(r#"lang="en" dir="ltr""#, r#"lang="en" dir="rtl""#, 1);
                write(&folder.join("rtl").join(format!("{name}.html")), mirrored.as_bytes())?;
            }
        }
    }
    for file in
        ["keyhouse.css", "clock.js", "code.js", "elsewhere.js", "passkey.js", "password.js", "proof.js", "mark.svg"]
    {
        let url = assets::asset(file);
        let found = assets::find(url).ok_or("a file of static/ is missing")?;
        write(&folder.join(url.trim_start_matches('/')), found.bytes)?;
    }
    for (name, logo) in LOGOS {
        write(&folder.join("logos").join(name), logo.as_bytes())?;
    }
    let code = Grid::of("https://account.lantern.example/device").ok_or("the address is too long for a QR code")?;
    write(&folder.join("logos/qr.svg"), code.svg().as_bytes())?;
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Result<(), Box<dyn Error>> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, content)?;
    Ok(())
}
