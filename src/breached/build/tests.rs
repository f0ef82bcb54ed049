use super::*;
use crate::security::random;

/// A folder of its own, which goes when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("keyhouse-breached-{}", random::identifier()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn key(password: &str) -> u64 {
    digest::key(&digest::of(password))
}

#[test]
fn a_line_names_a_password_by_hash_or_as_it_is() {
    let password = key("password");
    let hash = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";
    for (line, expected) in [
        (hash.to_owned(), Some((password, None))),
        (hash.to_lowercase(), Some((password, None))),
        (format!("{hash}:9545824"), Some((password, Some(9_545_824)))),
        (format!("{hash}:12\r\n"), Some((password, Some(12)))),
        ("password\n".to_owned(), Some((password, None))),
        // A password with a colon, and one that only begins like a hash.
        ("pass:word".to_owned(), Some((key("pass:word"), None))),
        (format!("{hash}:many"), Some((key(&format!("{hash}:many")), None))),
        (hash[1..].to_owned(), Some((key(&hash[1..]), None))),
        (" spaces ".to_owned(), Some((key(" spaces "), None))),
        (String::new(), None),
        ("\r\n".to_owned(), None),
    ] {
        let named = named(line.as_bytes()).map(|named| (named.key, named.count));
        assert_eq!(named, expected, "{line:?}");
    }
    assert_eq!(named(b"caf\xe9"), None, "not text");
}

#[test]
fn what_went_in_is_found_and_hardly_anything_else() {
    let folder = Folder::new();
    let words: String = (0..20_000).map(|number| format!("word {number}\n")).collect();
    let mut hashes = String::new();
    for number in 0..20_000 {
        hashes.push_str(&format!("{}:{}\n", digest::hex(&digest::of(&format!("hash {number}"))), number % 10 + 1));
    }
    let long = format!("{}\nafter the long one\n\n", "x".repeat(10_000));
    let inputs = [
        folder.file("words", words.as_bytes()),
        folder.file("hashes", hashes.as_bytes()),
        folder.file("again", words.as_bytes()),
        folder.file("long", long.as_bytes()),
    ];
    let output = folder.0.join("breached");
    let mut heard = 0;
    let built = build(&inputs, &output, 2, |bytes| heard = bytes).unwrap();
    assert_eq!((built.lines, built.rare, built.left_out), (20_000 + 18_000 + 20_000 + 1, 2_000, 2));
    assert_eq!(built.passwords, 38_001);
    assert_eq!(heard, inputs.iter().map(|path| fs::metadata(path).unwrap().len()).sum::<u64>());
    let filter = Filter::open(&output).unwrap();
    assert_eq!(filter.keys(), 38_001);
    for number in 0..20_000 {
        assert!(filter.contains(key(&format!("word {number}"))).unwrap());
        let is_rare = number % 10 == 0;
        assert_eq!(filter.contains(key(&format!("hash {number}"))).unwrap(), !is_rare, "{number}");
    }
    assert!(filter.contains(key("after the long one")).unwrap());
    let wrong = (0..100_000).filter(|number| filter.contains(key(&format!("good {number}"))).unwrap()).count();
    assert!(wrong < 20, "{wrong} of 100,000 are taken for breached; 1.5 are expected");
    let left: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 5, "{left:?}");
}

#[test]
fn parts_grow_in_number_not_in_size() {
    for (lines, bits) in [(1, 8), (16_000_000, 8), (34_000_000, 9), (1_300_000_000, 14), (u64::MAX, 20)] {
        assert_eq!(part_bits(lines), bits, "{lines}");
    }
}

#[test]
fn several_parts_of_one_first_byte_hold_their_own_keys() {
    let folder = Folder::new();
    let mut deal = Deal::beside(&folder.0.join("breached")).unwrap();
    let keys: Vec<u64> = (0..5_000).map(|number| key(&format!("word {number}"))).collect();
    keys.iter().for_each(|key| deal.take(*key).unwrap());
    deal.files.iter_mut().for_each(|file| file.flush().unwrap());
    let path = folder.0.join("whole");
    assert_eq!(write(&mut deal, &path, 11).unwrap(), 5_000);
    let filter = Filter::open(&path).unwrap();
    assert!(keys.iter().all(|key| filter.contains(*key).unwrap()));
}

#[test]
fn what_is_no_such_file_or_is_damaged_says_so() {
    let folder = Folder::new();
    let list = folder.file("list", b"correct horse battery\npassword\n");
    let output = folder.0.join("breached");
    build(&[list], &output, 1, |_| {}).unwrap();
    let whole = fs::read(&output).unwrap();
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("text", b"password\n".repeat(20)),
        ("cut", whole[..whole.len() - 40].to_vec()),
        ("cut in the index", whole[..100].to_vec()),
        ("version", [&whole[..16], &[9], &whole[17..]].concat()),
        ("bits", [&whole[..20], &[40], &whole[21..]].concat()),
        ("key", [&whole[..32], &[whole[32] ^ 1], &whole[33..]].concat()),
    ] {
        assert!(Filter::open(&folder.file("damaged", &bytes)).is_err(), "{name}");
    }
    // One flipped bit in a part is found at the look-up.
    let mut flipped = whole.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let path = folder.file("flipped", &flipped);
    let answers: Vec<_> = ["correct horse battery", "password"]
        .iter()
        .map(|password| Filter::open(&path).and_then(|filter| filter.contains(key(password))))
        .collect();
    assert!(answers.iter().any(|answer| matches!(answer, Err(FilterError::Damaged))), "{answers:?}");
}

#[test]
fn nothing_makes_no_file() {
    let folder = Folder::new();
    let list = folder.file("list", b"\n\n");
    let output = folder.0.join("breached");
    assert!(matches!(build(&[list], &output, 1, |_| {}), Err(BuildError::Empty)));
    assert!(matches!(build(&[folder.0.join("none")], &output, 1, |_| {}), Err(BuildError::Io(..))));
    assert!(!output.exists());
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}
